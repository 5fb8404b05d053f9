"""The door for JSON from outside: strict JSON, or a refusal that says what is wrong.

Vendors are untrusted input. What other parsers let pass is refused here before anything is
converted: a repeated key however it is spelled (the last one would win in silence), NaN and
Infinity, a number whose exponent would stop the house (1e999999 takes half a minute to become an
integer), nesting without end, bytes that are not UTF-8, more bytes or more values than the house
has room for. Every check is a pass over the bytes: no body can be made that is slow to refuse.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any, TypeVar, cast

import msgspec

from counterfoil.values.errors import Refuse

MOST_BYTES = 64 * 1024 * 1024
MOST_VALUES = 4_000_000
DEEPEST = 64
_LONGEST_NUMBER = 40
_REMEMBERED = 4096  # numbers: rates repeat, and most of a body's have been seen
_LONGEST_EXPONENT = 2  # digits
_TOO_LARGE = "has a number too large to be one"

_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_LONG = b"0" * (_LONGEST_NUMBER + 1)
_SQUARE = bytes.maketrans(b"{}", b"[]")
_BUT_BRACKETS = bytes(set(range(256)) - set(b'[]{}"'))

T = TypeVar("T")


class DecimalText(str):
    """A JSON number with a fraction or an exponent, kept as the text that was sent."""

    __slots__ = ()


@lru_cache(_REMEMBERED)
def _decimal(text: str) -> DecimalText:
    exponent = text.lower().partition("e")[2].lstrip("+-")
    if len(text) > _LONGEST_NUMBER or len(exponent) > _LONGEST_EXPONENT:
        raise ValueError("too large")
    return DecimalText(text)


class _Numbers(dict[str, msgspec.Raw]):
    """Numbers as they were sent, by their text."""

    def __missing__(self, text: str) -> msgspec.Raw:
        if len(self) >= _REMEMBERED:
            self.clear()
        number = self[text] = msgspec.Raw(text.encode())
        return number


Object = dict[str, Any]
"""A JSON object, of whose members only a field table or the next shape tells more."""

_DECODE = msgspec.json.Decoder(float_hook=_decimal).decode
_ENCODE = msgspec.json.Encoder(enc_hook=str).encode  # a DecimalText is written as its text
_AS_SENT = msgspec.json.Encoder(enc_hook=_Numbers().__getitem__).encode


def parse(body: bytes, *, what: str = "The body", most_bytes: int = MOST_BYTES) -> object:
    """`body` as dicts, lists, texts, integers, booleans and `DecimalText`s.

    Takes time and memory in proportion to the body, whatever is in it.
    Raises `Refuse` (code "bad-json") with what is wrong and where.
    """
    if len(body) > most_bytes:
        raise _refusal(what, f"has {len(body):,} bytes; at most {most_bytes:,} are read")
    if _values(body) > MOST_VALUES:
        raise _refusal(what, f"has more than {MOST_VALUES:,} values")
    value = _decoded(body, what)
    if _deep(body):
        raise _refusal(what, f"is nested more than {DEEPEST} deep")
    if _long(body) and _huge(value):
        raise _refusal(what, _TOO_LARGE)
    # What was read, written again: where it is what was sent, nothing was lost of it; else each
    # key that gave way to its double took a colon with it.
    written = _AS_SENT(value)
    if written != body and written.count(b":") != _colons(body):
        raise _refusal(what, "has the same key twice in one object")
    return value


def encode(value: object) -> bytes:
    """`value`, as `parse` gave it, as JSON that `parse` takes: a `DecimalText` becomes its text."""
    return _ENCODE(value)


def convert(value: object, shape: type[T], *, what: str = "The answer", lax: bool = False) -> T:
    """`value`, as `parse` gave it, in the shape of a msgspec type; `lax` also takes a number's
    text for a number, for what is no money.

    Raises `Refuse` (code "bad-shape") naming the first place that does not fit.
    """
    try:
        return msgspec.convert(value, shape, strict=not lax)
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


def _decoded(body: bytes, what: str) -> object:
    try:
        return _DECODE(body)
    except UnicodeDecodeError as error:
        raise _refusal(what, f"is not UTF-8 ({error.reason})") from None
    except RecursionError:
        raise _refusal(what, f"is nested more than {DEEPEST} deep") from None
    except msgspec.ValidationError:
        raise _refusal(what, _TOO_LARGE) from None
    except msgspec.MsgspecError as error:
        raise _refusal(what, f"is not JSON: {error}") from None


def _values(body: bytes) -> int:
    """At least as many as the values of `body`, which each take memory: 3 bytes can make 70."""
    if len(body) <= MOST_VALUES:
        return 0
    return body.count(b",") + body.count(b"[") + body.count(b"{")


def _long(body: bytes) -> bool:
    """Whether digits follow each other for longer than a number may be. Every eighth byte is looked
    at first: so many digits have five of them."""
    return b"00000" in body[::8].translate(_DIGITS) and _LONG in body.translate(_DIGITS)


def _deep(body: bytes) -> bool:
    """Whether `body`, which is JSON, is nested too deep: each round takes its innermost level."""
    brackets = _unescaped(body).translate(_SQUARE, _BUT_BRACKETS).replace(b'""', b"")
    if b'"' in brackets:  # some text has brackets in it
        brackets = b"".join(brackets.split(b'"')[::2])
    rounds = DEEPEST
    while brackets and rounds:
        brackets, rounds = brackets.replace(b"[]", b""), rounds - 1
    return bool(brackets)


def _unescaped(body: bytes) -> bytes:
    """`body` without escaped backslashes and quotes: every quote left begins or ends a text."""
    return body.replace(b"\\\\", b"").replace(b'\\"', b"") if b"\\" in body else body


def _colons(body: bytes) -> int:
    """The colons of `body`, those that are written as an escape included."""
    count = body.count(b":")
    if b"\\" in body and b"\\u003" in body:  # one byte is found much sooner than five
        escapes = _unescaped(body)
        count += escapes.count(b"\\u003a") + escapes.count(b"\\u003A")
    return count


def _huge(value: object) -> bool:
    """Whether some whole number in `value` has more than 40 digits."""
    stack: list[object] = [value]
    while stack:
        node = stack.pop()
        if isinstance(node, dict):
            stack += cast("dict[str, object]", node).values()
        elif isinstance(node, list):
            stack += cast("list[object]", node)
        elif isinstance(node, int) and abs(node) >= 10**_LONGEST_NUMBER:
            return True
    return False
