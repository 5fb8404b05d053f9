"""The one door for bytes from outside: strict JSON, or a refusal that says what is wrong.

Vendors are untrusted input. What other parsers let pass is refused here before anything is
converted: a repeated key (the last one would win in silence), NaN and Infinity, a number whose
exponent would stop the house (1e999999 takes half a minute to become an integer), nesting
without end, bytes that are not UTF-8, more bytes than the caller allows.
"""

from __future__ import annotations

import re
from typing import Any, TypeVar

import msgspec

from counterfoil.values.errors import Refuse

MOST_BYTES = 64 * 1024 * 1024
DEEPEST = 64
_LONGEST_NUMBER = 40
_KEY = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"(?=[ \t\r\n]*:)', re.DOTALL)
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_HUGE = re.compile(rb"[0-9]{41}|[0-9][eE][+-]?[0-9]{3}")

T = TypeVar("T")


class Number(str):
    """A JSON number with a fraction or an exponent, kept as the text that was sent."""

    __slots__ = ()


def _number(text: str) -> Number:
    return Number(text)


_ANY = msgspec.json.Decoder(float_hook=_number)


def read(body: bytes, *, what: str = "The body", most_bytes: int = MOST_BYTES) -> Any:
    """`body` as dicts, lists, texts, integers, booleans and `Number`s.

    Raises `Refuse` (code "bad-json") with what is wrong and where.
    """
    if len(body) > most_bytes:
        raise _refusal(what, f"has {len(body):,} bytes; at most {most_bytes:,} are read")
    _depth(body, what)
    _huge(body, what)
    try:
        value = _ANY.decode(body)
    except UnicodeDecodeError as error:
        raise _refusal(what, f"is not UTF-8 (byte {error.start})") from None
    except RecursionError:
        raise _refusal(what, f"is nested more than {DEEPEST} deep") from None
    except msgspec.MsgspecError as error:
        raise _refusal(what, f"is not JSON: {error}") from None
    if len(_KEY.findall(body)) != _keys(value):
        raise _refusal(what, "has the same key twice in one object")
    return value


def typed(value: Any, shape: type[T], *, what: str = "The answer") -> T:
    """`value`, as `read` gave it, in the shape of a msgspec type.

    Raises `Refuse` (code "bad-shape") naming the first place that does not fit.
    """
    try:
        return msgspec.convert(value, shape)
    except msgspec.ValidationError as error:
        raise Refuse(
            f"{what} does not have the expected shape: {error}.",
            do="Nothing was taken from it. Compare it with the version the connector is made for.",
            code="bad-shape",
        ) from None


def _refusal(what: str, wrong: str) -> Refuse:
    return Refuse(
        f"{what} {wrong}.", do="Nothing was taken from it; ask the sender.", code="bad-json"
    )


def _keys(value: Any) -> int:
    count = 0
    stack = [value]
    while stack:
        at = stack.pop()
        if type(at) is dict:
            count += len(at)
            stack.extend(at.values())
        elif type(at) is list:
            stack.extend(at)
    return count


def _depth(body: bytes, what: str) -> None:
    if body.count(b"[") + body.count(b"{") <= DEEPEST:
        return
    depth = 0
    for bracket in re.findall(rb"[\[\]{}]", _STRING.sub(b"", body)):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEEPEST:
            raise _refusal(what, f"is nested more than {DEEPEST} deep")


def _huge(body: bytes, what: str) -> None:
    if _HUGE.search(body) and _HUGE.search(_STRING.sub(b"", body)):
        raise _refusal(what, "has a number too large to be one")
