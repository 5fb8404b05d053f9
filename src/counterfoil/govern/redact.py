"""Redact: the one door through which kept bytes are shown, with people and secrets masked.

Nothing is masked where it rests: evidence must stay what it was. It is masked here. A member is
shown only where its name is known to carry a plain fact (an amount, a quantity, a code, an
identity, a date, a state, a title) and nothing on the way to it tells of a person: what a vendor
or a shop's app adds tomorrow is masked until somebody looks at it. What is not JSON is never shown.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Literal, TypeGuard
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
    r"address|customers?$|contact|recipient|buyer|person|client_details|ship_?to|bill_?to"
    r"|deliver_?to|invoice_?to|^delivery$|^invoice$"
)
_PERSONAL = re.compile(
    r"e_?mail|phone|mobile|telephone|^fax|(?:first|last|sur|full|display|delivery|invoice)_?name"
    r"|post_?code|^zip|^town|^city|^county|address_?(?:line)?_?\d|contact_name|browser_ip|^ip$|latitude|longitude|^note$|note_attributes"
    r"|instructions|comment|message|landing_site|referring_site|user_agent|custom_attributes"
)
_FACT = re.compile(
    r"(?:^|_)(?:id|ids|gid|key|reference|ref|number|no|code|codes|sku|barcode|type|kind|status|state"
    r"|currency|at|on|date|version|topic|quantity|qty|count|position|index|limit|price|prices|amount"
    r"|total|subtotal|tax|taxes|net|gross|discount|discounts|cost|minor|rate|weight|grams|title"
    r"|vendor|locale|gateway)$|^(?:payment_gateway_names|cancel_reason|source_name|time)$"
)
_NAMED = re.compile(
    r"^(?:data|orders?|nodes?|lines?|items?|line_items?|(?:tax|shipping)_lines|variant|products?|)$"
)
_NOT_PLAIN = re.compile(
    r"(?:^|_)(?:card|bin|avs|cvc|bank|account|passport|birth|birthday|dob|gender|mail|tel|ip|notes?"
    r"|attributes?|propert(?:y|ies)|tags?|comments?|receipts?|details?|metafields?|vat|ssn|national"
    r"|tracking|staff|user|post|postal|postcode|zip|tax_(?:number|no|id))(?:_|$)"
)
_KEY = re.compile(r"[A-Za-z_$][\w.:\-\[\]]{0,63}", re.ASCII)
_ID = re.compile(r"(?:^|_)(?:id|ids|code|number|no|type|status|ref|reference|currency|at)$")
_MONEY = re.compile(r"price|amount|total|tax|gross|net|discount|cost|sku|quantity|minor")
_MAIL = re.compile(r"[^\s@<>\"]+@[^\s@<>\"]+\.[^\s@<>\"]+")
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"|“[^”]*”")
_DIALLED = re.compile(r"(?<![\w#£€$.-])(?:\+|0)(?:[ ()/-]?\d){8,14}(?!\w)")
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


def plain(path: tuple[str, ...]) -> bool:
    """Whether the member at `path` is known to be a plain fact, by the names that lead to it."""
    *above, last = [_CAMEL.sub("_", word).lower() for word in path] or [""]
    if any(_NOT_PLAIN.search(word) for word in (*above, last)):
        return False
    if _PERSON.search(last) and not last.endswith("_id"):
        return False
    if last == "name":
        return bool(_NAMED.search(above[-1] if above else ""))
    return bool(_FACT.search(last))


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
    """An address for people: what its query carries is masked, save plain facts; no account."""
    split = urlsplit(url)
    query = [
        (key, value if _shown((key,), HIDDEN) else "[masked]")
        for key, value in parse_qsl(split.query)
    ]
    place = split.netloc.rpartition("@")[2]
    return split._replace(netloc=place, query=urlencode(query, safe="[]"), fragment="").geturl()


def sentence(text: str, place: str = "") -> str:
    """A sentence for those who may not see people: without e-mails and telephone numbers; and where
    the `place` that it is about is a person's field, without what it quotes."""
    if place and field_class(tuple(place.split("."))) in HIDDEN:
        text = _QUOTED.sub("[masked]", text)
    return _DIALLED.sub("[masked]", _MAIL.sub("[masked]", text))


def summary(body: bytes) -> str:
    """What can be said of bytes without showing them: how many, and their digest."""
    return f"[{len(body):,} bytes, SHA-256 {short(digest(body))}]"


def _json(body: bytes) -> tuple[bool, object]:
    if not body or len(body) > _LARGEST:
        return False, None
    try:
        return True, msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False, None


def mask(value: object) -> object:
    """A decoded value with everything masked that is not known to be a plain fact."""
    return _mask(value, (), HIDDEN)


def _mask(value: object, path: tuple[str, ...], hide: Collection[FieldClass]) -> object:
    if _object(value):
        return {_key(key, index): _mask(inner, (*path, key), hide)
                for index, (key, inner) in enumerate(value.items())}  # fmt: skip
    if _array(value):
        return [_mask(inner, path, hide) for inner in value]
    if value is None or value == "" or isinstance(value, bool):
        return value
    class_ = field_class(path)
    if class_ in hide:
        return f"[{class_}]"
    if not _shown(path, hide):
        return "[masked]"
    if "personal" in hide and isinstance(value, str):
        return _MAIL.sub("[personal]", value)
    return value


def _naming(value: object, keys: frozenset[str]) -> Iterator[object]:
    """The objects that have one of `keys` among their own values, the smallest there are."""
    if _object(value):
        inner = [part for member in value.values() for part in _naming(member, keys)]
        if inner and not _names(value, keys):
            yield from inner
        elif _names(value, keys):
            yield value
    elif _array(value):
        for member in value:
            yield from _naming(member, keys)


def _names(value: dict[str, object], keys: frozenset[str]) -> bool:
    return any(
        str(member) in keys or str(member).rpartition("/")[2] in keys
        for member in value.values()
        if isinstance(member, str | int)
    )


def _object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _array(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)


def _key(key: str, at: int) -> str:
    """A member's name; what cannot be one is a value in a name's place."""
    return key if _KEY.fullmatch(key) else f"[masked {at}]"


def _shown(path: tuple[str, ...], hide: Collection[FieldClass]) -> bool:
    return "personal" not in hide or (field_class(path) not in hide and plain(path))


def _text(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
