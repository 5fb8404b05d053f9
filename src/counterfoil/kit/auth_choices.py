"""The ways to sign in that a new connector can begin with: its client's words, and its secrets."""

from __future__ import annotations

from typing import Final

import msgspec

_API: Final = "counterfoil.kit.api"


class AuthChoice(msgspec.Struct, frozen=True):
    """One way: the names that it imports by module, the body of `_auth`, and what each secret is.

    The names {title} and {name} are filled in.
    """

    imports: dict[str, tuple[str, ...]]
    body: str
    secrets: dict[str, str]


_CLIENT: Final = {
    "client_id": "the id of the app, and where a person finds it.",
    "client_secret": "the app's secret, and where a person finds it.",
}
_GRANT: Final = {
    _API: ("oauth2",),
    f"{_API}.grant": ("Grant", "Granted"),
}

CHOICES: Final[dict[str, AuthChoice]] = {
    "bearer": AuthChoice(
        {f"{_API}.auth": ("Auth", "header")},
        'return header(opening.secret, "Authorization", "token", "Bearer {}")',
        {"token": "what the token is, and where a person finds it."},
    ),
    "key": AuthChoice(
        {f"{_API}.auth": ("Auth", "header")},
        'return header(opening.secret, "X-Auth-Token", "key")',
        {"key": "what the key is, and where a person finds it."},
    ),
    "basic": AuthChoice(
        {f"{_API}.auth": ("Auth", "basic")},
        'return basic(opening.secret, "user", "password")',
        {"user": "whose name it is.", "password": "that user's password."},
    ),
    "client-credentials": AuthChoice(
        {**_GRANT, f"{_API}.auth": ("Auth",)},
        """endpoint = oauth2.Endpoint("/oauth/token")

async def ask() -> Grant:
    return await oauth2.client_credentials(opening, endpoint, FAULTS)

return Granted(ask, opening.clock, margin_s=60.0)""",
        _CLIENT,
    ),
    "password": AuthChoice(
        {**_GRANT, f"{_API}.auth": ("Auth",)},
        """endpoint = oauth2.Endpoint("/oauth/token")

async def ask() -> Grant:
    return await oauth2.password(opening, endpoint, FAULTS)

return Granted(ask, opening.clock, margin_s=60.0)""",
        {**_CLIENT, "user": "whose name it is.", "password": "that user's password."},
    ),
    "refresh-token": AuthChoice(
        {_API: ("oauth2",), f"{_API}.auth": ("Auth",)},
        """endpoint = oauth2.Endpoint("/oauth/token", client="basic")

return oauth2.rotating(opening, endpoint, FAULTS)""",
        {**_CLIENT, "refresh_token": "what the first sign-in by a person gave."},
    ),
    "oauth1": AuthChoice(
        {f"{_API}.auth": ("Auth",), f"{_API}.oauth1": ("Keys", "OAuth1")},
        """secret = opening.secret

def keys() -> Keys:
    return Keys(
        secret("consumer_key"),
        secret("consumer_secret"),
        secret("token"),
        secret("token_secret"),
    )

return OAuth1(keys)""",
        {
            "consumer_key": "the key of the integration.",
            "consumer_secret": "the secret of the integration.",
            "token": "the id of its token.",
            "token_secret": "the secret of its token.",
        },
    ),
}
