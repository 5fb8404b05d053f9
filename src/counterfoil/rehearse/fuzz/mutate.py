"""How a true body is mutated: by its bytes, and by its grammar, so that what is wrong lies deep.

A mutator that knows no grammar rarely gets past the parser; one that knows it puts a wrong value
where a right one stood, doubles a member, or hangs one branch on another.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from counterfoil.rehearse.fuzz.values import VALUES

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[-+.\w]+|[\[\]{},:]', re.DOTALL)
_NUMBER = re.compile(rb"-?[0-9]")
_LITERALS = (b"true", b"false", b"null", b"NaN", b"Infinity", b"-Infinity", b"0", b'""')
_STRUCTURE = b'{}[]:,"\\'
_ODD_BYTES = (0x00, 0x22, 0x2C, 0x2E, 0x30, 0x39, 0x5C, 0x7F, 0x80, 0xC0, 0xED, 0xF4, 0xFF)
_REPEATS = (2, 3, 8, 64, 256)
_LONGEST = 200_000  # bytes of a mutated body
_AGAIN = 0.25  # how often a body is mutated twice

Span = tuple[int, int]


class Base(NamedTuple):
    """A true body, and where in it values, members (with their keys) and marks stand."""

    body: bytes
    values: list[Span]
    members: list[Span]
    numbers: list[Span]
    marks: list[int]


def base(body: bytes) -> Base:
    """`body`, taken apart."""
    values: list[Span] = []
    members: list[Span] = []
    opened: list[tuple[int, int]] = []  # where a container began, and where its key did
    tokens = [match.span() for match in _TOKEN.finditer(body)]
    key = -1
    for index, (start, end) in enumerate(tokens):
        token = body[start:end]
        if token in (b"[", b"{"):
            opened.append((start, key))
            key = -1
        elif token in (b"]", b"}") and opened:
            begun, key = opened.pop()
            values.append((begun, end))
            members.append((key if key >= 0 else begun, end))
            key = -1
        elif token not in (b",", b":", b"]", b"}"):
            if index + 1 < len(tokens) and body[tokens[index + 1][0]] == 0x3A:
                key = start
            else:
                values.append((start, end))
                members.append((key if key >= 0 else start, end))
                key = -1
    numbers = [(start, end) for start, end in values if _NUMBER.match(body, start)]
    marks = [index for index, byte in enumerate(body) if byte in _STRUCTURE]
    whole = [(0, len(body))]
    return Base(body, values or whole, members or whole, numbers or whole, marks or [0])


def mutated(chance: random.Random, one: Base, other: Base) -> tuple[str, bytes]:
    """A mutated copy of `one`, and the name of the mutation; some of `other` may be in it."""
    name = _NAMES[int(chance.random() * len(_NAMES))]
    body = MUTATIONS[name](chance, one, other)
    if chance.random() < _AGAIN:
        body = _bits(chance, Base(body, [], [], [], []), other)
    return name, body[:_LONGEST]


def _at(chance: random.Random, length: int) -> int:
    return int(chance.random() * length)


def _one(chance: random.Random, spans: list[Span]) -> Span:
    return spans[int(chance.random() * len(spans))]


def _bits(chance: random.Random, one: Base, other: Base) -> bytes:
    body = bytearray(one.body)
    for _ in range(1 + _at(chance, 4) if body else 0):
        body[_at(chance, len(body))] ^= 1 << _at(chance, 8)
    return bytes(body)


def _odd_byte(chance: random.Random, one: Base, other: Base) -> bytes:
    body = bytearray(one.body)
    body[_at(chance, len(body))] = _ODD_BYTES[_at(chance, len(_ODD_BYTES))]
    return bytes(body)


def _cut(chance: random.Random, one: Base, other: Base) -> bytes:
    return one.body[: _at(chance, len(one.body))]


def _drop(chance: random.Random, one: Base, other: Base) -> bytes:
    start = _at(chance, len(one.body))
    return one.body[:start] + one.body[start + 1 + _at(chance, 64) :]


def _repeat(chance: random.Random, one: Base, other: Base) -> bytes:
    start = _at(chance, len(one.body))
    run = one.body[start : start + 1 + _at(chance, 32)]
    return one.body[:start] + run * _REPEATS[_at(chance, len(_REPEATS))] + one.body[start:]


def _splice(chance: random.Random, one: Base, other: Base) -> bytes:
    return one.body[: _at(chance, len(one.body))] + other.body[_at(chance, len(other.body)) :]


def _number(chance: random.Random, one: Base, other: Base) -> bytes:
    start, end = _one(chance, one.numbers)
    digits = one.body[start:end]
    where = _at(chance, len(digits) + 1)
    additions = (b"e999999", b"e-7", b".", b".5", b"9" * 50, b"-", b"+", b"_0", b"0" * 7)
    put = additions[_at(chance, len(additions))]
    return one.body[:start] + digits[:where] + put + digits[where:] + one.body[end:]


def _literal(chance: random.Random, one: Base, other: Base) -> bytes:
    start, end = _one(chance, one.values)
    return one.body[:start] + _LITERALS[_at(chance, len(_LITERALS))] + one.body[end:]


def _value(chance: random.Random, one: Base, other: Base) -> bytes:
    start, end = _one(chance, one.values)
    return one.body[:start] + VALUES[_at(chance, len(VALUES))] + one.body[end:]


def _swap(chance: random.Random, one: Base, other: Base) -> bytes:
    (a, b), (c, d) = sorted((_one(chance, one.values), _one(chance, one.values)))
    if c < b:  # one lies in the other: the inner takes the outer's place
        return one.body[:a] + one.body[c:d] + one.body[b:]
    body = one.body
    return body[:a] + body[c:d] + body[b:c] + body[a:b] + body[d:]


def _graft(chance: random.Random, one: Base, other: Base) -> bytes:
    (start, end), (a, b) = _one(chance, one.values), _one(chance, other.values)
    return one.body[:start] + other.body[a:b] + one.body[end:]


def _member_gone(chance: random.Random, one: Base, other: Base) -> bytes:
    start, end = _one(chance, one.members)
    after = end + 1 if one.body[end : end + 1] == b"," else end
    return one.body[:start] + one.body[after:]


def _member_twice(chance: random.Random, one: Base, other: Base) -> bytes:
    start, end = _one(chance, one.members)
    return one.body[:end] + b"," + one.body[start:end] + one.body[end:]


def _mark(chance: random.Random, one: Base, other: Base) -> bytes:
    index = one.marks[_at(chance, len(one.marks))]
    new = _STRUCTURE[_at(chance, len(_STRUCTURE)) :][:1] if chance.random() < 0.8 else b""
    return one.body[:index] + new + one.body[index + 1 :]


MUTATIONS: Final[Mapping[str, Callable[[random.Random, Base, Base], bytes]]] = {
    "bits flipped": _bits,
    "odd byte": _odd_byte,
    "cut short": _cut,
    "run dropped": _drop,
    "run repeated": _repeat,
    "spliced": _splice,
    "number changed": _number,
    "literal put": _literal,
    "hostile value put": _value,
    "values swapped": _swap,
    "value grafted": _graft,
    "member gone": _member_gone,
    "member twice": _member_twice,
    "structure changed": _mark,
}
"""Every mutation by its name."""

_NAMES = tuple(MUTATIONS)
