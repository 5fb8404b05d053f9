"""The door for bytes: whatever comes, it is read exactly or refused, and never slowly."""

from __future__ import annotations

import json
import time
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kit.formats import strict_json
from counterfoil.kit.formats.strict_json import DecimalText, convert, parse
from counterfoil.values.errors import Refuse

MB = 1024 * 1024
SLOWEST_S = 1.0  # of the processor

NASTY = [
    b"", b" ", b"\x00", b"\xef\xbb\xbf{}", b"\xff\xfe{\x00}\x00", b"nul", b"NaN", b"[NaN]",
    b"Infinity", b"-Infinity", b"[-Infinity]", b"01", b"-01", b"1.", b".5", b"+1", b"-", b"1e",
    b"1e+", b"0x10", b"1_000", b"1,5", "\u0661".encode(), b"[1 2]", b"[1,]", b"[,1]", b'{"a":1,}',
    b"{,}", b'{"a"}', b'{"a":}', b"{a:1}", b"{1:2}", b"{'a':1}", b'{"a":1}}', b"[1]x", b"{} {}",
    b'"', b'"\\"', b'"\\x"', b'"\\u00"', b'"\\ud800"', b'"\\ude00\\ud83d"', b'"\t"', b'"\n"',
    b'"\x00"', b'"\xff"', b'"\xc0\x80"', b'"\xed\xa0\x80"', b'{"\xff":1}', b"// {}", b"[1] // one",
    b"1e400", b"-1e-400", b"1e999999", b"[1e999999999999]", b"1" * 41, b"1" * 5000,
    b"0." + b"1" * 41, b"[" * 65 + b"]" * 65, b"[" * 100_000, b'{"a":' * 100_000, b"]" * 1000,
    b'{"a":1,"a":1}', b'{"a":1,"\\u0061":2}', b'{"\\u003a":1,"\\u003A":2}', b'{"":1,"":2}',
    b'[{"b":[{"a":{"c":1,"c":2}}]}]', b'{"a":"\\u003a","a":1}', b'{"a":{"b":1},"a":"::"}',
]  # fmt: skip
"""Each is refused."""

HONEST: list[tuple[bytes, Any]] = [
    (b"0", 0),
    (b"-0", 0),
    (b" [ ] \r\n\t", []),
    (b"{}", {}),
    (b"[true,false,null]", [True, False, None]),
    (b"9223372036854775808", 2**63),
    (b"1" * 40, int("1" * 40)),
    (b"-" + b"9" * 40, -int("9" * 40)),
    (b"0.1", DecimalText("0.1")),
    (b"-0.0", DecimalText("-0.0")),
    (b"1E+2", DecimalText("1E+2")),
    (b"5.0e-05", DecimalText("5.0e-05")),
    (b'"\\ud83d\\ude00\\u0000\\/\\b"', "\U0001f600\x00/\b"),
    (b'["a",":","b"]', ["a", ":", "b"]),
    (b'["x",": y",{"z":":"}]', ["x", ": y", {"z": ":"}]),
    (b'{"a\\"":"\\\\","b\\\\":"\\":"}', {'a"': "\\", "b\\": '":'}),
    (b'{"c":"{[","d":"]}"}', {"c": "{[", "d": "]}"}),
    (b'{"\\u003a":"\\u003A","\\\\u003a":1}', {":": ":", "\\u003a": 1}),
    (b'{"a":{"a":1},"b":[{"a":1},{"a":1}]}', {"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}]}),
    (b'{"a":1,"A":2,"\xc3\xa4":3,"a\xcc\x88":4}', {"a": 1, "A": 2, "ä": 3, "a\u0308": 4}),
    (b'["' + b"7" * 60 + b'",1]', ["7" * 60, 1]),
    (b'{"e":"1e400"}', {"e": "1e400"}),
    (b"[" * 64 + b"]" * 64, None),
    (b'["' + b"[" * 100 + b'"]', ["[" * 100]),
]  # fmt: skip
"""Each is read as it stands; None: only that it is read."""


@pytest.mark.parametrize("body", NASTY, ids=lambda body: repr(body[:40]))
def test_what_is_not_strict_json_is_refused(body: bytes) -> None:
    with pytest.raises(Refuse) as refused:
        parse(body)
    assert refused.value.code == "bad-json"


@pytest.mark.parametrize(("body", "value"), HONEST, ids=lambda one: repr(one)[:40])
def test_what_is_strict_json_is_read_exactly(body: bytes, value: Any) -> None:
    found = parse(body)
    assert value is None or (found == value and type(found) is type(value))


def test_the_refusal_says_what_is_wrong() -> None:
    said = {
        b'{"a":1,"a":2}': "has the same key twice in one object",
        b"[" * 65 + b"]" * 65: "is nested more than 64 deep",
        b"[" * 100_000: "is nested more than 64 deep",
        b"1e999999": "has a number too large to be one",
        b'"\xff"': "is not UTF-8",
        b"[1,]": "is not JSON",
        b"[[[": "is not JSON",
    }
    for body, wrong in said.items():
        with pytest.raises(Refuse, match=f"The order {wrong}"):
            parse(body, what="The order")


# --- it agrees with the language's own parser ---

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    [":", '"', "\\", '":', "{", "}]", '\\"', "\\u003a", ": y", "1e999999"]
)
DECIMALS = st.decimals(-(10**9), 10**9, places=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | DECIMALS | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=16,
)
WRITE = msgspec.json.Encoder(decimal_format="number").encode


def repeated(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len({key for key, _ in pairs}) == len(pairs)
    return dict(pairs)


def never(constant: str) -> None:
    raise AssertionError(constant)


def judged(body: bytes) -> Any:
    """`body` as the standard library reads it, every number exact."""
    return json.loads(body, parse_float=Decimal, parse_constant=never, object_pairs_hook=repeated)


def exact(value: Any) -> Any:
    """`value` with each `DecimalText` as the decimal that it is."""
    if isinstance(value, dict):
        return {key: exact(one) for key, one in value.items()}
    if isinstance(value, list):
        return [exact(one) for one in value]
    return Decimal(value) if isinstance(value, DecimalText) else value


def read_or_refused(body: bytes) -> None:
    try:
        found = parse(body)
    except Refuse:
        return
    assert exact(found) == judged(body)


@given(VALUES)
def test_every_honest_document_is_read_as_it_was_written(value: Any) -> None:
    assert exact(parse(WRITE(value))) == value


@given(VALUES, st.sampled_from([None, 0, 3]), st.booleans())
def test_the_manner_of_writing_changes_nothing(
    value: Any, indent: int | None, ascii_only: bool
) -> None:
    plain = json.loads(WRITE(value), parse_float=str)
    body = json.dumps(plain, indent=indent, ensure_ascii=ascii_only).encode()
    assert parse(body) == plain


@given(st.binary(max_size=64) | st.text('[]{}",:\\\\u03aAe0123.-+ tn', max_size=32).map(str.encode))
def test_any_bytes_are_read_as_the_language_reads_them_or_refused(body: bytes) -> None:
    read_or_refused(body)


@given(VALUES.map(WRITE), st.data())
def test_a_document_with_a_hurt_is_read_as_the_language_reads_it_or_refused(
    body: bytes, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 6)))
    hurt = data.draw(st.binary(max_size=3) | st.sampled_from(HURTS) | st.just(body[start:end] * 2))
    read_or_refused(body[:start] + hurt + body[end:])


HURTS = [b'"', b"\\", b":", b",", b"{", b"}", b"[", b"]", b"1e9", b"\\u003a", b"0", b'":"', b"\n"]


# --- a key stands once ---


@given(
    VALUES, VALUES, TEXTS, st.lists(st.sampled_from(["[%s]", '{"k":%s}', '[":",%s]'])), st.data()
)
def test_a_repeated_key_is_refused_at_any_depth_in_any_spelling(
    first: Any, second: Any, key: str, around: list[str], data: st.DataObject
) -> None:
    spelt = [data.draw(st.sampled_from([plain(key), escaped(key)])) for _ in range(2)]
    members = [f"{spelt[0]}:{json_of(first)}", f"{spelt[1]}:{json_of(second)}"]
    body = "{" + ",".join(members) + "}"
    for wrapping in around[:60]:
        body = wrapping.replace("%s", body)
    with pytest.raises(Refuse, match="same key twice"):
        parse(body.encode())


def test_no_text_is_written_longer_than_it_can_be_sent() -> None:
    """The shorter way to see that no key stood twice rests on it."""
    short = {"\b", "\t", "\n", "\f", "\r", '"', "\\"}
    escaped = [chr(at) for at in range(0x20)] + ['"', "\\"]
    rest = [chr(at) for at in range(0x20, 0x110000) if not 0xD800 <= at < 0xE000]
    plainly = "".join(sign for sign in rest if sign not in escaped)
    assert strict_json.encode(plainly) == f'"{plainly}"'.encode()
    for sign in escaped:
        assert len(strict_json.encode(sign)) == 2 + (2 if sign in short else 6)
    for number in (0, -1, 10**39, -(10**39), 2**64):
        assert strict_json.encode(number) == str(number).encode()


@given(VALUES)
def test_a_compact_document_is_written_again_byte_by_byte_but_for_the_quotes_of_decimals(
    value: Any,
) -> None:
    body = WRITE(value)
    seen = next(strict_json._DECIMALS)
    read = parse(body)
    decimals = next(strict_json._DECIMALS) - seen - 3
    assert len(strict_json.encode(read)) == len(body) + 2 * decimals


def json_of(value: Any) -> str:
    return WRITE(value).decode()


def plain(key: str) -> str:
    return json.dumps(key, ensure_ascii=False)


def escaped(key: str) -> str:
    units = key.encode("utf-16-be").hex()
    return '"' + "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4)) + '"'


# --- it is never slow and never swells ---

LARGE: dict[str, Callable[[], bytes]] = {
    "escaped quotes": lambda: b'["' + b'\\"' * (4 * MB) + b'"]',
    "escaped backslashes": lambda: b'["' + b"\\\\" * (4 * MB) + b'"]',
    "a text without an end": lambda: b'["' + b'\\"' * (4 * MB),
    "quotes": lambda: b'"' * (8 * MB),
    "texts with brackets": lambda: b'["' + b'[","' * (2 * MB) + b'"]',
    "empty lists": lambda: b"[" + b"[]," * (3 * MB) + b"[]]",
    "empty objects": lambda: b"[" + b"{}," * (3 * MB) + b"{}]",
    "depth": lambda: b"[" * (8 * MB),
    "depth with an end": lambda: b"[" * MB + b"]" * MB,
    "depth of objects": lambda: b'{"a":' * (2 * MB),
    "one number": lambda: b"1" * (8 * MB),
    "one fraction": lambda: b"0." + b"1" * (8 * MB),
    "long numbers": lambda: b"[" + (b"1" * 41 + b",") * (8 * MB // 42) + b"1]",
    "colons": lambda: b'["' + b":" * (8 * MB) + b'"]',
    "escaped colons": lambda: b'["' + b"\\u003a" * MB + b'"]',
    "white space": lambda: b" " * (8 * MB) + b"1",
    "keys": lambda: b"{" + b",".join(b'"%d":1' % at for at in range(250_000)) + b"}",
    "one key": lambda: b"{" + b",".join([b'"a":1'] * 250_000) + b"}",
}


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE.keys())
def test_no_body_of_megabytes_takes_long(make: Callable[[], bytes]) -> None:
    body = make()
    start = time.process_time()
    with suppress(Refuse):
        parse(body)
    assert time.process_time() - start < SLOWEST_S


def test_a_body_that_is_too_long_is_refused_unread() -> None:
    start = time.process_time()
    with pytest.raises(Refuse, match="at most 8,388,608 are read"):
        parse(b"[" * (50 * MB), most_bytes=8 * MB)
    assert time.process_time() - start < 0.1


def test_a_small_body_that_would_swell_is_refused_unread() -> None:
    body = b"[" + b"{}," * strict_json.MOST_VALUES + b"{}]"
    tracemalloc.start()
    try:
        with pytest.raises(Refuse, match="more than 4,000,000 values"):
            parse(body)
        assert tracemalloc.get_traced_memory()[1] < MB
    finally:
        tracemalloc.stop()


# --- a shape ---


class Page(msgspec.Struct):
    count: int
    names: list[str]


def test_what_was_read_fits_its_shape() -> None:
    assert convert(parse(b'{"count":1,"names":["a"],"more":2}'), Page) == Page(1, ["a"])


def test_what_does_not_fit_is_refused_with_the_place() -> None:
    with pytest.raises(Refuse, match=r"The page .*\$\.names\[1\]") as refused:
        convert(parse(b'{"count":1,"names":["a",2]}'), Page, what="The page")
    assert refused.value.code == "bad-shape"


@pytest.mark.parametrize("before", range(9))
def test_a_number_too_long_is_found_wherever_it_stands(before: int) -> None:
    with pytest.raises(Refuse, match="too large"):
        parse(b"[" + b" " * before + b"1" * 41 + b"]")
    assert parse(b"[" + b" " * before + b"1" * 40 + b"]") == [int("1" * 40)]
