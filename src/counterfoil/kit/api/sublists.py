"""Documents whose lists are calls of their own: heads first, and lists only for what is new.

What was read whole is remembered for as long as its head stays the same.
"""

from __future__ import annotations

from typing import Any, Final, Generic, Protocol, TypeVar

from counterfoil.kit.api.api import Api
from counterfoil.kit.api.endpoint import Endpoint, SubList
from counterfoil.kit.api.recent import Recent
from counterfoil.kit.connector import Listed, Reading
from counterfoil.kit.formats import strict_json
from counterfoil.mapping.convert import identity
from counterfoil.values.clock import Instant, seconds_between
from counterfoil.values.digest import digest
from counterfoil.values.errors import CounterfoilError, Hold

D = TypeVar("D")
Row = dict[str, Any]

_REMEMBERED = 2000  # documents; a few kilobytes each
_LONGEST = 5000  # rows of one list
_SETTLES_S = 2.0  # of whole seconds: what changes later than this has another moment
_NOTHING: Final = frozenset({None, "", 0, "0", "0.0000"})


class Reads(Protocol[D]):
    """Reads documents with their lists, and stumps of those that have none."""

    def read(self, value: object, at: Instant, source: bytes) -> Reading[D]:
        """The reading of a document whose lists stand in it."""
        ...

    def is_one(self, head: Row, /) -> bool:
        """Whether a head is a document at all."""
        ...

    def adds_up(self, document: D, /) -> bool:
        """Whether it is whole without the lists that no member of its head tells of."""
        ...

    def only_whole(self, head: Row, /) -> bool:
        """Whether the head tells other money than the whole document, which then counts."""
        ...

    def listed(self, row: Row, whole: Reading[D] | None = None) -> Listed:
        """A head as the census has it, with the money of the whole document where that is given."""
        ...

    def stump(self, row: Row, at: Instant, problem: CounterfoilError, source: bytes) -> Reading[D]:
        """What its head alone can say."""
        ...


class Whole(Generic[D]):
    """Documents whose `endpoint` has lists beside each (`kit.api.endpoint.Documents`)."""

    def __init__(self, api: Api, endpoint: Endpoint, reads: Reads[D]) -> None:
        self._api = api
        self._endpoint = endpoint
        self._reads = reads
        self.is_one = reads.is_one
        self.read = reads.read
        self._known: Recent[Reading[D]] = Recent(_REMEMBERED)

    async def reading(self, row: Row) -> Reading[D]:
        """The reading of a document, with its lists; from memory where its head is the same."""
        now, mark = self._api.clock.now(), digest(strict_json.encode(row))
        if (remembered := self._known.get(mark)) is not None:
            return remembered
        row = dict(row)
        try:
            reading = await self._asked(row, now)
        except Hold as problem:
            return self._reads.stump(row, now, problem, strict_json.encode(row))
        if seconds_between(reading.version, now) > _SETTLES_S:
            self._known.keep(mark, reading)
        return reading

    async def counted(self, row: Row) -> Listed:
        """The row as the census has it."""
        whole = await self.reading(row) if self._reads.only_whole(row) else None
        return self._reads.listed(row, whole)

    async def _asked(self, row: Row, now: Instant) -> Reading[D]:
        key = identity(row.get(self._endpoint.key), "")
        untold = [part for part in self._endpoint.lists if not part.told_by]
        for part in self._endpoint.lists:
            worth = bool(part.told_by) and row.get(part.told_by) not in _NOTHING
            row[part.name] = await self._every(key, part) if worth else []
        reading = self._reads.read(row, now, strict_json.encode(row))
        if not untold or reading.document is None or self._reads.adds_up(reading.document):
            return reading
        for part in untold:
            row[part.name] = await self._every(key, part)
        return self._reads.read(row, now, strict_json.encode(row))

    async def _every(self, key: str, part: SubList) -> list[Row]:
        """Everything in one list. Raises `Hold` (code "too-long") where it is longer than any."""
        most, rows = self._endpoint.most, list[Row]()
        while len(rows) < _LONGEST:
            number = len(rows) // most + 1
            query = {"page": str(number), self._endpoint.limit: str(most), **part.query}
            path = f"{self._endpoint.path}/{key}/{part.name}"
            call = self._api.call("GET", path, writes=False, query=query)
            page = await self._api.ask(call, list[Row], empty=[])
            rows += page
            if len(page) < most:
                return rows
        raise Hold(
            f"The {self._endpoint.what} has more than {_LONGEST} {part.name}.",
            do="Enter it by hand and set this one aside.",
            where=key,
            code="too-long",
        )
