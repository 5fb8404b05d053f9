"""Scrub: kept bytes without what they say of a person.

What speaks of nobody else is gone, and a tombstone stands there. In JSON that speaks of several
people the objects that are theirs lose whatever is not known to be a plain fact. What speaks of
them and is not JSON is gone as a whole: nobody could say what else of it is theirs.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import cast

import msgspec

from counterfoil.govern.person import GONE, Needles
from counterfoil.govern.redact import mask
from counterfoil.store import tombstone
from counterfoil.store.evidence import Kept
from counterfoil.store.inbox import MessageRow
from counterfoil.values.digest import canonical

_READ = msgspec.json.Decoder(float_hook=Decimal).decode
_KEY = re.compile(r"(?:^|_)(?:id|gid|key|reference|ref|number|name)$|(?:Id|Key|Number)$")
"""Members that may hold the key of a document."""
_WRITE = msgspec.json.Encoder(decimal_format="number").encode


def scrubbed(
    body: bytes, needles: Needles, erasure: str, *, theirs: bool = False, among: bool = False
) -> bytes:
    """`body` without what it says of the person; the same bytes where it says nothing of them.

    `theirs`: it speaks of nobody else. `among`: it is known to speak of them among others.
    """
    if not body or tombstone.is_one(body):
        return body
    if theirs:
        return tombstone.over(body, erasure)
    if not (among or body in needles):
        return body
    try:
        value: object = _READ(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return tombstone.over(body, erasure) if needles.quoted(body) else body
    walked = _walked(value, needles)
    remainder = body if walked == value else _WRITE(walked)
    # A spelling that no rule foresaw must not stay.
    return tombstone.over(body, erasure) if needles.quoted(remainder) else remainder


def scrubbed_call(exchange: Kept, needles: Needles, erasure: str, records: set[int]) -> Kept:
    """An exchange without what it says of the person whose `records` these are."""
    theirs = bool(exchange.records) and records.issuperset(exchange.records)
    among = not records.isdisjoint(exchange.records)
    spoken = (exchange.sent, exchange.answered, exchange.url.encode())
    if not (theirs or among or any(part in needles for part in spoken)):
        return exchange
    url = exchange.url
    if needles.quoted(url.encode()):
        url = url.partition("?")[0]
    return msgspec.structs.replace(
        exchange,
        url=GONE if needles.quoted(url.encode()) else url,
        headers={name: needles.without(text) for name, text in exchange.headers.items()},
        sent=scrubbed(exchange.sent, needles, erasure, theirs=theirs, among=among),
        answered=scrubbed(exchange.answered, needles, erasure, theirs=theirs, among=among),
        failed=needles.without(exchange.failed),
    )


def scrubbed_message(
    message: MessageRow, needles: Needles, erasure: str, theirs: frozenset[int]
) -> bytes:
    """A pushed message without what it says of the person; those of these numbers are theirs."""
    return scrubbed(message.body, needles, erasure, theirs=message.id in theirs)


def without_in(detail: str, strip: Callable[[str], str]) -> str:
    """A detail of the journal, which is JSON or nothing, each text in it stripped; the same text
    where nothing is to be taken away."""
    if not detail or strip(detail) == detail:
        return detail
    return canonical(_stripped(_READ(detail), strip)).decode()


def _stripped(value: object, strip: Callable[[str], str]) -> object:
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        return {key: _stripped(inner, strip) for key, inner in members.items()}
    if isinstance(value, list):
        return [_stripped(inner, strip) for inner in cast("list[object]", value)]
    return strip(value) if isinstance(value, str) else value


def _walked(value: object, needles: Needles) -> object:
    """The value, with the smallest objects that name the person, or a document of theirs, masked;
    and no text anywhere that quotes them."""
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        if any(_names(key, inner, needles) for key, inner in members.items()):
            return _stripped(mask(members), needles.without)
        return {key: _walked(inner, needles) for key, inner in members.items()}
    if isinstance(value, list):
        return [_walked(inner, needles) for inner in cast("list[object]", value)]
    return needles.without(value) if isinstance(value, str) else value


def _names(key: str, value: object, needles: Needles) -> bool:
    """Whether a member of an object names the person, or is the key of a document of theirs."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return False
    text = str(value)
    return needles.named(text) or (
        bool(_KEY.search(key)) and not needles.keys.isdisjoint({text, text.rpartition("/")[2]})
    )
