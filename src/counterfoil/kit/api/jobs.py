"""Long jobs at a vendor: started, asked after until they end, their file read in ranges and lines.

Memory is one range and one line, whatever the size of the file.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any, NamedTuple, TypeVar

from counterfoil.kit.api.paging import Nodes
from counterfoil.kit.formats import strict_json
from counterfoil.kit.transport import Answer, unexpected
from counterfoil.values.clock import Clock
from counterfoil.values.errors import CounterfoilError, Refuse, Retry

RANGE = 4 * 1024 * 1024  # bytes
LONGEST_LINE = 8 * 1024 * 1024  # bytes
_FIRST_POLL_S = 1.0
_SLOWEST_POLL_S = 30.0
_SLOWER = 1.5
_GONE = (403, 404, 429)

J = TypeVar("J")
Row = dict[str, Any]


async def ended(
    job: J,
    poll: Callable[[J], Awaitable[J]],
    *,
    running: Callable[[J], bool],
    clock: Clock,
    wait_s: float,
    overdue: Callable[[], CounterfoilError],
) -> J:
    """The job as it ended, asked after more and more rarely.

    A `Retry` of one question is passed over: the wait as a whole has its limit, `wait_s`, and
    raises what `overdue` makes.
    """
    start_s, poll_s = clock.monotonic(), _FIRST_POLL_S
    while running(job):
        if clock.monotonic() - start_s > wait_s:
            raise overdue()
        await clock.sleep(poll_s)
        poll_s = min(_SLOWEST_POLL_S, poll_s * _SLOWER)
        try:
            job = await poll(job)
        except Retry:
            continue
    return job


async def ranges(
    fetch: Callable[[int, int], Awaitable[Answer]],
    *,
    where: str,
    gone: Callable[[int], CounterfoilError],
) -> AsyncIterator[bytes]:
    """A file in pieces of `RANGE` bytes; `fetch` asks for those from the first to the last.

    `gone` makes the error of a status that says that the file is not there now, or any more.
    """
    start, size = 0, RANGE
    while True:
        answer = await fetch(start, start + size - 1)
        if answer.status == 416:  # the file ended exactly with the last range
            return
        if answer.status not in (200, 206):
            away = answer.status >= 500 or answer.status in _GONE
            raise gone(answer.status) if away else unexpected(answer, where)
        yield answer.body
        if answer.status == 200 or len(answer.body) < size:
            return
        start += len(answer.body)


async def rows(pieces: AsyncIterator[bytes], *, what: str) -> AsyncIterator[Row]:
    """The objects of a file of JSON lines that comes in pieces. Raises as `lines` does, and
    `Refuse` for a line that is no object."""
    async for line in lines(pieces, what=what):
        yield strict_json.convert(strict_json.parse(line, what=f"{what}'s line"), Row)


async def grouped(
    each: AsyncIterator[Row],
    *,
    parent: str,
    join: Callable[[Row | None, Row], None],
    most: int,
) -> AsyncIterator[Nodes]:
    """The rows of a file in pages of `most`, each with its children, which follow it: those that
    name a parent at `parent`. `join` puts a child into the last row, or raises where it is not
    that one's. Memory is one page, where an ungrouped file would need all of it."""
    page: list[Row] = []
    number = 0
    async for row in each:
        if row.get(parent) is not None:
            join(page[-1] if page else None, row)
            continue
        if len(page) == most:
            number += 1
            yield Nodes(page, str(number))
            page = []
        page.append(row)
    if page:
        yield Nodes(page, None)


class Parts(NamedTuple):
    """How the lines of a file tell parts of documents: `parent` is the member by which a part names
    the document that it follows, whose own name is at `key`; `kind` says which of the `lists` of
    the document it belongs to, each of which has its rows as `nodes`."""

    parent: str
    key: str
    kind: str
    lists: Mapping[str, str]


async def documents(
    each: AsyncIterator[Row], parts: Parts, *, most: int, astray: Callable[[], CounterfoilError]
) -> AsyncIterator[Nodes]:
    """The documents of a file in pages of `most`, each with all its parts. Raises what `astray`
    makes where a part does not follow its document."""

    async def opened() -> AsyncIterator[Row]:
        async for row in each:
            if row.get(parts.parent) is None:
                row.pop(parts.kind, None)
                row |= {name: {"nodes": []} for name in parts.lists.values()}
            yield row

    def put(document: Row | None, part: Row) -> None:
        place = parts.lists.get(str(part.pop(parts.kind, "")))
        owner = part.pop(parts.parent)
        if document is None or document.get(parts.key) != owner or place is None:
            raise astray()
        document[place]["nodes"].append(part)

    async for page in grouped(opened(), parent=parts.parent, join=put, most=most):
        yield page


async def lines(pieces: AsyncIterator[bytes], *, what: str) -> AsyncIterator[bytes]:
    """The lines of a file that comes in pieces; empty ones are left out.

    Raises `Refuse` (code "bad-json") for a line without end.
    """
    tail = b""
    async for piece in pieces:
        *whole, tail = (tail + piece).split(b"\n")
        if len(tail) > LONGEST_LINE:
            raise Refuse(f"{what} has a line without end.", code="bad-json")
        for line in whole:
            if line.strip():
                yield line
    if tail.strip():
        yield tail
