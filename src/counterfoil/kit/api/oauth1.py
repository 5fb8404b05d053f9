"""OAuth 1.0a: each call is signed with two secrets, which never leave (RFC 5849), by HMAC-SHA256.

NetSuite's token-based sign-in takes this one alone; Adobe Commerce's integrations take it too.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from urllib.parse import quote

import msgspec

from counterfoil.kit.api.call import Call

_METHOD = "HMAC-SHA256"


class Keys(msgspec.Struct, frozen=True):
    """The two keys and their secrets, as a person got them of the vendor."""

    consumer_key: str
    consumer_secret: str
    token: str
    token_secret: str

    def __repr__(self) -> str:
        return f"Keys({self.consumer_key!r}, ...)"


class OAuth1:
    """`auth.Auth` by a signature of each call. `realm` stands in the header and is not signed.

    `nonce` makes a text that no other call of the same second has.
    """

    def __init__(
        self,
        keys: Callable[[], Keys],
        *,
        realm: str = "",
        nonce: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._keys = keys
        self._realm = realm
        self._nonce = nonce

    async def headers(self, call: Call) -> Mapping[str, str]:
        keys = self._keys()
        parameters = {
            "oauth_consumer_key": keys.consumer_key,
            "oauth_nonce": self._nonce(),
            "oauth_signature_method": _METHOD,
            "oauth_timestamp": str(call.now.timestamp()),
            "oauth_token": keys.token,
            "oauth_version": "1.0",
        }
        signature = sign(call.method, call.url, {**call.query, **parameters}, keys)
        realm = {"realm": self._realm} if self._realm else {}
        parts = {**realm, **parameters, "oauth_signature": signature}
        text = ", ".join(f'{name}="{_encoded(value)}"' for name, value in parts.items())
        return {"Authorization": f"OAuth {text}"}

    def refused(self, headers: Mapping[str, str]) -> bool:
        return False


def sign(
    method: str,
    url: str,
    parameters: Mapping[str, str],
    keys: Keys,
    digest: str = hashlib.sha256().name,
) -> str:
    """The signature of a call to `url` (without its query) with these parameters, in base64."""
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in parameters.items())
    joined = "&".join(f"{name}={value}" for name, value in pairs)
    base = "&".join(map(_encoded, (method.upper(), url, joined)))
    key = f"{_encoded(keys.consumer_secret)}&{_encoded(keys.token_secret)}"
    return base64.b64encode(hmac.digest(key.encode(), base.encode(), digest)).decode()


def _encoded(text: str) -> str:
    """A text as RFC 3986 spells it: a space is %20, and only letters, digits and -._~ stay."""
    return quote(text, safe="-._~")
