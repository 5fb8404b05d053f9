"""Rules about pushed messages: whatever comes is read or refused, and nothing breaks."""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from typing import Final, Protocol, cast

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from counterfoil.kit.connector import Hint, Reading, Source, each
from counterfoil.kit.contract.case import Broken, SourceCase, demand
from counterfoil.kit.contract.contents import document, truthful
from counterfoil.kit.contract.rule import about_source
from counterfoil.model.document import Document
from counterfoil.values.clock import instant
from counterfoil.values.errors import CounterfoilError

_THEN: Final = instant("2026-11-02T09:14:06Z")

NASTY: Final = (
    b"",
    b" ",
    b"null",
    b"true",
    b"0",
    b'""',
    b"[]",
    b"{}",
    b"[{}]",
    b"{",
    b'{"id":',
    b"NaN",
    b'{"id": NaN}',
    b'{"id": Infinity}',
    b'{"id": 1e999999}',
    b'{"id": ' + b"9" * 5000 + b"}",
    b'{"id": 1, "id": 2}',
    b'{"id": "\xff\xfe"}',
    b"\xef\xbb\xbf{}",
    b"\x00" * 64,
    b"[" * 100_000,
    b'{"a":' * 100_000,
    b"<!DOCTYPE html><html></html>",
)
"""Whole messages that have broken readers before."""

_NASTY_VALUES: Final = tuple(
    msgspec.Raw(text)
    for text in (
        b"null",
        b"true",
        b"-1",
        b"0.1",
        b"1e999999",
        b"9" * 30,
        b'""',
        b'"x"',
        b'"-0.001"',
        b'"' + "١٢".encode() + b'"',
        b'"0001-01-01T00:00:00Z"',
        b'"' + b"x" * 5000 + b'"',
        b'"\\u0000\\ud83d\\ude00"',
        b"[]",
        b"[null]",
        b"{}",
    )
)
"""What may stand in the place of any member."""

_ANYTHING = some.recursive(
    some.none() | some.booleans() | some.integers() | some.floats() | some.text(),
    lambda inner: some.lists(inner) | some.dictionaries(some.text(), inner),
    max_leaves=12,
)
_QUIETLY = settings(
    max_examples=150,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@about_source(pushed=True)
async def any_bytes_are_read_or_refused(case: SourceCase) -> None:
    """Whatever bytes are pushed, the answer is a reading or one of our errors."""
    for body in NASTY:
        _judged(case.source, body)

    @_QUIETLY
    @given(some.binary() | _ANYTHING.map(msgspec.json.encode))
    def anything(body: bytes) -> None:
        _judged(case.source, body)

    anything()


@about_source(pushed=True)
async def any_member_may_be_wrong(case: SourceCase) -> None:
    """A true message is read or refused, whichever of its members is absent or something else."""
    body = case.sender.pushed(case.sender.add())
    _judged(case.source, body[: len(body) // 2])
    _judged(case.source, body[:1] + b'"id": 1,' + body[1:])
    _judged(case.source, body + body)
    whole = msgspec.json.decode(body)
    for path in _paths(whole):
        _judged(case.source, msgspec.json.encode(_without(whole, path)))
        for value in _NASTY_VALUES:
            _judged(case.source, msgspec.json.encode(_with(whole, path, value)))


@about_source(pushed=True)
async def a_message_is_read_the_same_every_time(case: SourceCase) -> None:
    """Reading the same message again gives the same, and no call leaves for it."""
    body = case.sender.pushed(case.sender.add())
    moment = case.clock.now()
    first = case.source.parse(body, moment)
    case.clock.move(60.0)
    demand(first == case.source.parse(body, moment), "The same bytes were read in two ways.")
    demand(not case.postman.sent, "Reading a message made a call.")


@about_source("read", pushed=True)
async def what_is_pushed_is_what_is_read(case: SourceCase) -> None:
    """A document that is pushed and the same one asked for are identical; one of which the message
    is only news can be asked for by the key that it gives."""
    keys = case.added(9)
    case.sender.change(keys[4])
    readings = {reading.key: reading for reading in await case.source.read(keys)}
    for key in keys:
        demand(key in readings, f"{key} was pushed, and is not to be read.")
        messages = each(case.source.parse(case.sender.pushed(key), case.clock.now()))
        if any(isinstance(message, Hint) and key in message.keys for message in messages):
            continue
        pushed = {message.key: message for message in messages if isinstance(message, Reading)}
        demand(key in pushed, f"{key} was pushed, and its message does not name it.")
        alone = len(messages) == 1 or bool(pushed[key].source)
        demand(alone, f"{key} came with others, and nothing of it alone is kept.")
        by_push, by_read = document(pushed[key], "pushed"), document(readings[key], "read")
        demand(by_push == by_read, f"{key} is pushed as {by_push}, and read as {by_read}.")


@about_source("read")
async def what_is_kept_is_read_again(case: SourceCase) -> None:
    """What a reading keeps of its source gives the same reading once more, and calls nobody."""
    readings = await case.source.read(case.added(9))
    moment = case.clock.now()
    for reading in readings:
        demand(bool(reading.source), f"{reading.key} was read, and nothing of it is kept.")
        calls = len(case.postman.sent)
        # What has no moment of its own was so when it was read.
        then = reading.version if case.carries.versions == "digest" else moment
        again = case.source.reread(reading.source, then)
        demand(reading == again, f"{reading.key} is read again as {again}.")
        demand(len(case.postman.sent) == calls, "Reading what was kept made a call.")


def _judged(source: Source[Document], body: bytes) -> None:
    excerpt = body if len(body) < 80 else body[:40] + b"..." + body[-40:]
    try:
        for message in each(source.parse(body, _THEN)):
            if isinstance(message, Hint):
                demand(
                    bool(message.keys) and all(message.keys),
                    f"The message {excerpt!r} names nothing.",
                )
            else:
                truthful(message, f"The message {excerpt!r}")
    except CounterfoilError as error:
        demand(bool(error.said), f"The message {excerpt!r} is refused without a word.")
    except Broken:
        raise
    except Exception as error:
        raise Broken(f"The message {excerpt!r} ended in {error!r}.") from error


Path = tuple[str | int, ...]


def _paths(value: object, before: Path = ()) -> Iterator[Path]:
    """The path of every member, however deep; of a list the first item stands for all."""
    if isinstance(value, dict):
        for name, member in cast("dict[str, object]", value).items():
            yield (*before, name)
            yield from _paths(member, (*before, name))
    elif isinstance(value, list) and value:
        yield (*before, 0)
        yield from _paths(cast("list[object]", value)[0], (*before, 0))


class _Node(Protocol):
    """A dict or a list: its members are reached by a step of a path."""

    def __getitem__(self, step: str | int, /) -> object: ...

    def __setitem__(self, step: str | int, member: object, /) -> None: ...

    def __delitem__(self, step: str | int, /) -> None: ...


def _with(value: object, path: Path, new: object) -> object:
    if not path:
        return new
    node = cast("_Node", copy(value))
    node[path[0]] = _with(node[path[0]], path[1:], new)
    return node


def _without(value: object, path: Path) -> object:
    node = cast("_Node", copy(value))
    if len(path) == 1:
        del node[path[0]]
    else:
        node[path[0]] = _without(node[path[0]], path[1:])
    return node
