"""A plain REST listing as data, and the source that reads, lists and counts documents by it.

Rows are asked for by whole seconds of change and by keys, never by page numbers, which shift.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from importlib.resources import files
from typing import Any, Generic, Literal, Protocol, TypeVar

import msgspec

from counterfoil.kit.api.api import Api
from counterfoil.kit.api.faults import Place, member
from counterfoil.kit.api.paging import Dates, Seconds, inside
from counterfoil.kit.api.reading import Head, Tells
from counterfoil.kit.connector import CensusPage, Hint, Listed, Listing, Reading
from counterfoil.kit.formats import strict_json
from counterfoil.kit.mark import moment, newest
from counterfoil.mapping.convert import identity, mail_date, when
from counterfoil.mapping.field import Field
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Refuse

D = TypeVar("D")
Row = dict[str, Any]


class SubList(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A list that stands beside a document, at the document's own address: worth a call where the
    member `told_by` of its head is not nothing; without such a member, where the document is not
    whole without it. `query` goes with each call."""

    name: str
    told_by: str = ""
    query: Mapping[str, str] = {}


class Named(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a message names its document: by the whole number at `key`; one that is about something
    else does not have `word` at `kind`. `said` and `do` are what a person is told of such a one."""

    key: Place
    kind: Place
    word: str
    said: str
    do: str

    def hints(self, body: bytes) -> tuple[Hint, ...]:
        """The document that a message names. Raises `Refuse` where it is not JSON or names none."""
        value = strict_json.parse(body, what="The webhook")
        key = member(value, self.key)
        right = member(value, self.kind) == self.word
        if not right or type(key) is not int or not 0 < key < 10**18:
            raise Refuse(self.said, do=self.do, code="no-identity")
        return (Hint((str(key),)),)


class Endpoint(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One list of documents, whose keys are whole numbers that grow: its path and its words.

    `what` is the noun of one document. `key`, `created` and `changed` are members of a row, whose
    moments are written as `dates` says. `min_*` and `max_*` are the parameters of its filters,
    whose ends may be inside or outside; `by_key` and `by_change` ask for these sequences, the
    smallest or oldest first. `archived` is the parameter that asks for rows that are hidden
    otherwise, and the member that says so. `lists` stand beside each document, and messages name it
    as `named` says.
    """

    what: str
    path: str
    key: str
    created: str
    changed: str
    min_key: str
    min_created: str
    max_created: str
    min_changed: str
    max_changed: str
    by_key: Mapping[str, str]
    by_change: Mapping[str, str]
    named: Named
    limit: str = "limit"
    most: int = 250
    archived: str = ""
    dates: Literal["iso", "mail"] = "iso"
    lists: tuple[SubList, ...] = ()

    @property
    def moment(self) -> Dates:
        """Makes ISO 8601 of what stands at a moment's place."""
        return mail_date if self.dates == "mail" else when

    def head(
        self,
        currency: str,
        total: Callable[[Row, str], int | None],
        *,
        cancelled: str | Tells = "",
        test: str | Tells = "",
    ) -> Head:
        """Where one of its rows tells who, when and how much it is."""
        return Head(
            key=Field("key", self.key, identity),
            number=self.key,
            version=self.changed,
            created=self.created,
            currency=currency,
            total=total,
            cancelled=cancelled,
            test=test,
            moment=self.moment,
        )

    def alone(self, row: Row) -> Row:
        """The row without those of its lists in whose place only a link stands, or nothing."""
        names = {part.name for part in self.lists}
        return {
            name: value
            for name, value in row.items()
            if name not in names or isinstance(value, list)
        }

    def at(self, row: Row, name: str) -> Instant:
        """A moment of a row. Raises `Hold` where it does not tell it."""
        return instant(self.moment(row.get(name), ""))

    async def rows(self, api: Api, query: Mapping[str, str]) -> list[Row]:
        """The rows of one page; none where the answer is empty (204)."""
        call = api.call("GET", self.path, writes=False, query=query)
        return await api.ask(call, list[Row], empty=[])

    async def row(self, api: Api, key: str) -> Row | None:
        """The row with this key; None where there is none.

        Raises `Retry` for a good status around something that has no key: it is an error, under a
        status that says that all is well.
        """
        call = api.call("GET", f"{self.path}/{key}", writes=False)
        row = await api.seek(call, Row)
        if row is not None and self.key not in row:
            sentence = f"{api.title} answered 200 with no {self.what} ({call})"
            raise api.faults.doubtful(sentence, call)
        return row


def endpoint(package: str, word: str) -> Endpoint:
    """The endpoint that the `endpoints.toml` of a package's folder has under a document's word."""
    text = (files(package) / "endpoints.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text)[word], Endpoint)


class Documents(Protocol[D]):
    """What a listing's rows are; `read` is pure."""

    def is_one(self, row: Row, /) -> bool:
        """Whether the row is a document at all."""
        ...

    def read(self, value: object, at: Instant, source: bytes) -> Reading[D]:
        """The reading of a whole document, which was kept as `source`."""
        ...

    async def reading(self, row: Row) -> Reading[D]:
        """The reading of the document of which a listing has this row."""
        ...

    async def counted(self, row: Row) -> Listed:
        """The row as the census has it."""
        ...


class ListedSource(Generic[D]):
    """A source of documents that one endpoint lists (`kit.connector.Source`); messages only name
    one. `page` is how many rows a listing asks for at once."""

    def __init__(self, api: Api, endpoint: Endpoint, documents: Documents[D], page: int) -> None:
        self._api = api
        self._endpoint = endpoint
        self._documents = documents
        self._page = page

    def parse(self, body: bytes, at: Instant) -> tuple[Hint, ...]:
        """The document that a message names; raises as `Named.hints`."""
        return self._endpoint.named.hints(body)

    def reread(self, source: bytes, at: Instant) -> Reading[D]:
        """Read a document that was kept whole."""
        value = strict_json.parse(source, what="What was kept")
        return self._documents.read(value, at, source)

    def read_any(self, body: bytes, at: Instant) -> Reading[D]:
        """Read a whole document; a message has nothing of one."""
        return self._documents.read(strict_json.parse(body, what="The file"), at, b"")

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[D]]:
        """The documents with these keys, archived ones too; one that is not there is left out."""
        numbers = [key for key in keys if key.isascii() and key.isdecimal()]
        rows = [await self._endpoint.row(self._api, key) for key in numbers]
        return [
            await self._documents.reading(row)
            for row in rows
            if row is not None and self._documents.is_one(row)
        ]

    async def since(self, mark: str | None, cursor: str | None) -> Listing[D]:
        """One page of the documents changed at or after the moment `mark`, oldest change first.

        The present second may still change: overlap the marks.
        """
        endpoint, place = self._endpoint, Seconds.at(moment(mark), cursor)
        query = {endpoint.min_changed: _iso(place.second), **endpoint.by_change}
        if place.after is not None:
            # A second more, and those left out: the end may be inside or outside.
            query |= {endpoint.max_changed: _iso(place.second + 1), **endpoint.by_key}
            query[endpoint.min_key] = str(place.after + 1)
        rows = await endpoint.rows(self._api, {**query, endpoint.limit: str(self._page)})
        seconds = [endpoint.at(row, endpoint.changed).timestamp() for row in rows]
        self._inside(rows, endpoint.changed, Instant.from_timestamp(place.second), None)
        readings = [
            await self._documents.reading(row)
            for row, second in zip(rows, seconds, strict=True)
            if self._documents.is_one(row) and (place.after is None or second == place.second)
        ]
        last = (seconds[-1], int(rows[-1][endpoint.key])) if rows else None
        return Listing(tuple(readings), place.beyond(last), newest(readings))

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """One page of what was created in [start, end), whole seconds, by key; then of what is
        archived of it. It has no count of the window."""
        endpoint = self._endpoint
        first, last = Instant.from_timestamp(start.timestamp()), end.timestamp()
        archived, _, after = (cursor or "/0").partition("/")
        query = {
            endpoint.min_created: first.format_iso(),
            endpoint.max_created: _iso(last),
            endpoint.min_key: str(int(after) + 1),
            **endpoint.by_key,
            endpoint.limit: str(endpoint.most),
            **({endpoint.archived: "true"} if archived else {}),
        }
        rows = await endpoint.rows(self._api, query)
        if not rows:
            begins = None if archived or not endpoint.archived else "archived/0"
            return CensusPage((), begins)
        until = Instant.from_timestamp(last)
        within = [row for row in rows if endpoint.at(row, endpoint.created) < until]
        self._inside(within, endpoint.created, first, until)
        counted = [
            await self._documents.counted(row)
            for row in within
            if self._documents.is_one(row)
            and (row.get(endpoint.archived) is True) == bool(archived)
        ]
        return CensusPage(tuple(counted), f"{archived}/{rows[-1][endpoint.key]}")

    def _inside(self, rows: list[Row], name: str, first: Instant, end: Instant | None) -> None:
        endpoint = self._endpoint
        inside(rows, name, first, end, title=self._api.title, convert=endpoint.moment)


def _iso(second: int) -> str:
    return Instant.from_timestamp(second).format_iso()
