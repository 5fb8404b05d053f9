"""Redact: the one door through which kept bytes are shown, with people and secrets masked.

Nothing is masked where it rests: evidence must stay what it was. It is masked here, by the name
of the member that carries it, and, in free text, by its look. What is not JSON is never shown.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any, Literal, TypeGuard
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from counterfoil.values.digest import digest, short

FieldClass = Literal["secret", "personal", "commercial", "public"]

HIDDEN: frozenset[FieldClass] = frozenset({"secret", "personal"})
"""What is masked unless a caller names other classes."""

_LARGEST = 4 * 1024 * 1024
_SECRET = re.compile(
    r"password|passwd|secret|authori[sz]ation|api_?key|signature|hmac|cookie|cvv|iban"
    r"|(?:^|_)token$|order_status_url"
)
_PERSON = re.compile(
    r"address|customer$|contact|recipient|buyer|person|client_details|ship_?to|bill_?to"
    r"|deliver_?to|invoice_?to|^delivery$|^invoice$"
)
_PERSONAL = re.compile(
    r"e_?mail|phone|mobile|telephone|^fax|(?:first|last|sur|full|display|delivery|invoice)_?name"
    r"|post_?code|^zip|^town|^city|browser_ip|^ip$|latitude|longitude|^note$|note_attributes"
    r"|instructions|comment|message|landing_site|referring_site|user_agent|custom_attributes"
)
_ID = re.compile(r"(?:^|_)(?:id|ids|code|number|no|type|status|ref|reference|currency|at)$")
_MONEY = re.compile(r"price|amount|total|tax|gross|net|discount|cost|sku|quantity|minor")
_MAIL = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+")
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def field_class(path: tuple[str, ...]) -> FieldClass:
    """The class of the member at `path`, by the names that lead to it."""
    words = [_CAMEL.sub("_", word).lower() for word in path] or [""]
    last = words[-1]
    if any(_SECRET.search(word) for word in words):
        return "secret"
    if any(_PERSONAL.search(word) for word in words):
        return "personal"
    if any(_PERSON.search(word) for word in words[:-1]) and not _ID.search(last):
        return "personal"
    return "commercial" if _MONEY.search(last) else "public"


def masked(body: bytes, hide: Collection[FieldClass] = HIDDEN) -> str:
    """`body` as text for people: JSON with every hidden value masked, anything else as a digest."""
    read, value = _json(body)
    return _text(_mask(value, (), hide)) if read else summary(body)


def parts(body: bytes, keys: Collection[str], hide: Collection[FieldClass] = HIDDEN) -> list[str]:
    """The smallest objects of a JSON body that name one of `keys`, masked; none: an empty list."""
    read, value = _json(body)
    return (
        [_text(_mask(part, (), hide)) for part in _naming(value, frozenset(keys))] if read else []
    )


def address(url: str) -> str:
    """An address for people: what its query carries is masked, save identities and sizes."""
    at = urlsplit(url)
    query = [
        (key, value if _plain(key, value) else "[masked]") for key, value in parse_qsl(at.query)
    ]
    return at._replace(query=urlencode(query, safe="[]")).geturl()


def summary(body: bytes) -> str:
    """What can be said of bytes without showing them: how many, and their digest."""
    return f"[{len(body):,} bytes, SHA-256 {short(digest(body))}]"


def _json(body: bytes) -> tuple[bool, Any]:
    if not body or len(body) > _LARGEST:
        return False, None
    try:
        return True, msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False, None


def _mask(value: Any, path: tuple[str, ...], hide: Collection[FieldClass]) -> Any:
    if _object(value):
        return {key: _mask(inner, (*path, key), hide) for key, inner in value.items()}
    if _array(value):
        return [_mask(inner, path, hide) for inner in value]
    if value is None or value == "" or isinstance(value, bool):
        return value
    found = field_class(path)
    if found in hide:
        return f"[{found}]"
    if "personal" in hide and isinstance(value, str):
        return _MAIL.sub("[personal]", value)
    return value


def _naming(value: Any, keys: frozenset[str]) -> Iterator[Any]:
    """The objects that have one of `keys` among their own values, the smallest there are."""
    if _object(value):
        inner = [part for one in value.values() for part in _naming(one, keys)]
        if inner and not _names(value, keys):
            yield from inner
        elif _names(value, keys):
            yield value
    elif _array(value):
        for one in value:
            yield from _naming(one, keys)


def _names(value: dict[str, Any], keys: frozenset[str]) -> bool:
    return any(
        str(one) in keys or str(one).rpartition("/")[2] in keys
        for one in value.values()
        if isinstance(one, str | int)
    )


def _object(value: object) -> TypeGuard[dict[str, Any]]:
    return isinstance(value, dict)


def _array(value: object) -> TypeGuard[list[Any]]:
    return isinstance(value, list)


def _plain(key: str, value: str) -> bool:
    return value.isdecimal() or bool(_ID.search(key.lower()))


def _text(value: Any) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
