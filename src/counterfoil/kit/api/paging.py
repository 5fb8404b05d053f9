"""Listings page by page: how each kind asks for a place, and where the next page is.

A place is the text that a listing's cursor carries between pages; None is the beginning, and the
end. The same place twice would list for ever: it is `Halt`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Protocol, TypeVar, cast
from urllib.parse import parse_qs, urlsplit

import msgspec

from counterfoil.kit.api.faults import Place, member
from counterfoil.kit.formats import strict_json
from counterfoil.kit.formats.strict_json import Object
from counterfoil.mapping.convert import when
from counterfoil.values.clock import Instant, instant, seconds_between
from counterfoil.values.errors import CounterfoilError, Halt, Refuse

_SLACK_S = 3600.0

Row = Mapping[str, Any]
Dates = Callable[[object, str], str]
"""A converter that makes ISO 8601 of a moment as a vendor writes it."""
T = TypeVar("T")


class Paging(Protocol):
    """How one listing is read page by page."""

    def query(self, place: str | None) -> Mapping[str, str]:
        """What asks for the page at this place."""
        ...

    def after(self, place: str | None, body: object, rows: Sequence[Row]) -> str | None:
        """The place after the page that is `body` and has these rows; None at the end."""
        ...


class Cursor(msgspec.Struct, frozen=True):
    """A cursor in the body, at `at`; `more_at` says whether there is another page where the last
    cursor is told too. `link` says that a whole address stands there, whose parameter it is."""

    param: str
    at: Place
    more_at: Place = ()
    link: bool = False
    first: Mapping[str, str] = {}

    def query(self, place: str | None) -> Mapping[str, str]:
        return self.first if place is None else {**self.first, self.param: place}

    def after(self, place: str | None, body: object, rows: Sequence[Row]) -> str | None:
        if self.more_at and member(body, self.more_at) is not True:
            return None
        target = member(body, self.at)
        if self.link and isinstance(target, str):
            target = parse_qs(urlsplit(target).query).get(self.param, [""])[0]
        return moved(
            place, target if isinstance(target, str) and target else None, more=bool(self.more_at)
        )


class NextLink(msgspec.Struct, frozen=True):
    """The whole address of the next page, in the body at `at`: it is the place, and is called as
    it is; the transport sees that it leads home."""

    at: Place
    first: Mapping[str, str] = {}

    def query(self, place: str | None) -> Mapping[str, str]:
        return self.first if place is None else {}

    def after(self, place: str | None, body: object, rows: Sequence[Row]) -> str | None:
        target = member(body, self.at)
        return moved(place, target if isinstance(target, str) and target else None)


class Numbered(msgspec.Struct, frozen=True):
    """Pages by their number, the first of them `begins`.

    It ends by the vendor's own number of pages at `pages_at` where it tells one, and never by what
    a page holds (a vendor may give fewer rows than it was asked for); else at an empty page.
    """

    size: int
    param: str = "page"
    size_param: str = "limit"
    begins: int = 1
    pages_at: Place = ()

    def query(self, place: str | None) -> Mapping[str, str]:
        return {self.param: place or str(self.begins), self.size_param: str(self.size)}

    def after(self, place: str | None, body: object, rows: Sequence[Row]) -> str | None:
        number = int(place or self.begins)
        pages = member(body, self.pages_at) if self.pages_at else None
        if isinstance(pages, int):
            return str(number + 1) if number - self.begins + 1 < pages else None
        return str(number + 1) if rows else None


class Offset(msgspec.Struct, frozen=True):
    """Rows from a number on; it ends by the vendor's own total at `total_at` where it tells one,
    else at an empty page. Rows that come or go meanwhile shift the rest: read closed windows."""

    size: int
    param: str = "offset"
    size_param: str = "limit"
    total_at: Place = ()

    def query(self, place: str | None) -> Mapping[str, str]:
        return {self.param: place or "0", self.size_param: str(self.size)}

    def after(self, place: str | None, body: object, rows: Sequence[Row]) -> str | None:
        reached = int(place or 0) + len(rows)
        total = member(body, self.total_at) if self.total_at else None
        if not rows or (isinstance(total, int) and reached >= total):
            return None
        return str(reached)


class Keyset(msgspec.Struct, frozen=True):
    """The rows beyond the last one that was read, in the order of `key`: no row is passed over,
    whatever comes or goes meanwhile. `predicate` makes the filter's text of the last key."""

    key: str
    param: str
    predicate: Callable[[str], str]
    size: int
    size_param: str

    def query(self, place: str | None) -> Mapping[str, str]:
        parameters = {self.size_param: str(self.size)}
        return parameters if place is None else {**parameters, self.param: self.predicate(place)}

    def after(self, place: str | None, body: object, rows: Sequence[Row]) -> str | None:
        if not rows:
            return None
        last = rows[-1].get(self.key)
        if not isinstance(last, str | int) or isinstance(last, bool):
            raise Refuse(
                f"A row of the listing has no {self.key!r} to go on from.",
                do="Nothing was taken from it. Compare it with the version of the connector.",
                code="bad-shape",
            )
        return moved(place, str(last))


class Seconds(msgspec.Struct, frozen=True):
    """A place in a listing of changes by whole seconds: from `second` on; or, where more changed in
    one second than a page has, within it beyond the key `after`, in the sequence of the keys.

    Nothing is passed over, whatever changes meanwhile; what stands at the edge of a page may come
    twice. Asked by the last second of a page, a vendor needs no page numbers, which shift.
    """

    second: int
    after: int | None = None

    @classmethod
    def at(cls, mark: Instant | None, cursor: str | None) -> Seconds:
        """The place that a cursor names; without one the mark is where it begins."""
        if cursor is None:
            return cls(0 if mark is None else mark.timestamp())
        second, _, after = cursor.partition("/")
        return cls(int(second), int(after) if after else None)

    def beyond(self, last: tuple[int, int] | None) -> str | None:
        """The cursor after a page whose last row has this second and key (None: it is empty)."""
        if self.after is not None:
            return str(self.second + 1) if last is None else f"{self.second}/{last[1]}"
        if last is None:
            return None
        return str(last[0]) if last[0] > self.second else f"{self.second}/0"


async def every(
    paging: Paging, ask: Callable[[Mapping[str, str]], Awaitable[Row]], rows_at: str
) -> list[Row]:
    """The rows of all pages of one listing, for what has few of them; they stand at `rows_at` in
    what `ask` gets for a page."""
    rows: list[Row] = []
    place: str | None = None
    while True:
        body = await ask(paging.query(place))
        rows += body[rows_at]
        place = paging.after(place, body, body[rows_at])
        if place is None:
            return rows


class _Info(msgspec.Struct, frozen=True):
    hasNextPage: bool
    endCursor: str | None = None


class _Connection(msgspec.Struct, frozen=True):
    nodes: list[object]  # of `list[Object]` each node would be copied, for each of 14 lines
    pageInfo: _Info


class Nodes(msgspec.Struct, frozen=True):
    """The nodes of one page of a GraphQL connection; `cursor` None is the end."""

    nodes: list[Object]
    cursor: str | None


class _Count(msgspec.Struct, frozen=True):
    precision: str
    count: int


def exact_count(counted: object, word: str) -> int | None:
    """The count that a vendor states, where it states one and calls its precision `word`.

    Raises `Refuse` where it has another shape.
    """
    if counted is None:
        return None
    stated = strict_json.convert(counted, _Count, what="The count")
    return stated.count if stated.precision == word else None


def relay(connection: object, before: str | None) -> Nodes:
    """The page that a GraphQL connection holds, which followed the cursor `before`.

    Raises `Refuse` where it has another shape, `Halt` where its cursor does not move.
    """
    page = strict_json.convert(connection, _Connection, what="The page")
    if {*map(type, page.nodes)} - {dict}:
        strict_json.convert(page.nodes, list[Object], what="The page")
    nodes, info = cast("list[Object]", page.nodes), page.pageInfo
    return Nodes(nodes, moved(before, info.endCursor, more=True) if info.hasNextPage else None)


async def completed(
    connection: object, more: Callable[[str], Awaitable[object]], most: int | None = None
) -> Nodes:
    """All nodes of a connection of which a page is here; `more` fetches the one after a cursor.

    It ends beyond `most` nodes, if there is such a limit, with the cursor of the rest. Raises as
    `relay` does.
    """
    page = relay(connection, None)
    nodes, cursor = page.nodes, page.cursor
    while cursor is not None and (most is None or len(nodes) < most):
        page = relay(await more(cursor), cursor)
        nodes, cursor = nodes + page.nodes, page.cursor
    return Nodes(nodes, cursor)


def moved(before: str | None, after: str | None, *, more: bool = False) -> str | None:
    """`after`, where it is another place than `before`.

    Raises `Halt` (code "same-cursor") where it is the same, or is none although there is `more`.
    """
    if (after is not None and after == before) or (after is None and more):
        raise Halt(
            "The listing gives the same place twice.",
            do="Run it again from its mark; if that repeats, tell the vendor.",
            code="same-cursor",
        )
    return after


def moment_of(value: object, convert: Dates = when) -> Instant | None:
    """The instant that a text names, None where it names none: the reading of the document itself
    says what is wrong with it. `convert` makes ISO 8601 of the text."""
    try:
        return instant(convert(value, "")) if isinstance(value, str) else None
    except CounterfoilError:
        return None


def inside(
    rows: Iterable[Row],
    field: str,
    first: Instant,
    end: Instant | None,
    *,
    title: str,
    convert: Dates = when,
) -> None:
    """Raise `Halt` where a row lies outside [first, end): the vendor then ignored the filter.

    A filter that a vendor does not know is passed over in silence, and everything is listed. (An
    index may be a little out of step with the documents; an hour is not a little.)
    """
    for row in rows:
        moment = moment_of(row.get(field), convert)
        if moment is None:
            continue
        if seconds_between(moment, first) > _SLACK_S or (end is not None and moment >= end):
            raise Halt(
                f"{title} listed a document with {field} {moment} outside the window asked for.",
                do="The filter is not understood any more; tell the connector's keepers.",
                code="filter-ignored",
            )


class Sizes:
    """How many documents and parts of each one query asks for; halved wherever that is too dear.

    What a query costs may be the vendor's secret, so that sizes are found by asking, and once found
    they stay. Below `fewest` documents fewer parts are asked for before still fewer documents.
    """

    def __init__(self, documents: int, parts: int = 1, *, fewest: int = 5) -> None:
        self.documents = documents
        self.parts = parts
        self._fewest = fewest

    def shrink_after(self, error: Refuse, code: str = "max-cost") -> None:
        """Ask for less from now on; raise `error` where it is another one, or nothing is left."""
        if error.code != code or (self.documents, self.parts) == (1, 1):
            raise error
        if self.documents > self._fewest or self.parts == 1:
            self.documents //= 2
        else:
            self.parts //= 2

    async def asked(self, ask: Callable[[int, int], Awaitable[T]]) -> T:
        """What `ask` gives, asked with these sizes; and with smaller ones as long as it is too
        dear."""
        while True:
            try:
                return await ask(self.documents, self.parts)
            except Refuse as error:
                self.shrink_after(error)

    async def batches(
        self, keys: Sequence[str], ask: Callable[[Sequence[str], int], Awaitable[Sequence[T]]]
    ) -> list[T]:
        """What `ask` gives of all the keys, asked for as many of them at once as the sizes say."""
        answers: list[T] = []
        while keys:
            count, part = await self.asked(partial(_first, keys, ask))
            answers += part
            keys = keys[count:]
        return answers


async def _first(
    keys: Sequence[str],
    ask: Callable[[Sequence[str], int], Awaitable[Sequence[T]]],
    documents: int,
    parts: int,
) -> tuple[int, Sequence[T]]:
    batch = keys[:documents]
    return len(batch), await ask(batch, parts)
