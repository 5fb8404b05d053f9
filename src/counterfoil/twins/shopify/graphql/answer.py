"""From sources to the JSON of an answer: the selection becomes plain functions, once a request.

graphql-core's own executor takes seconds for a page of 250 orders; the documents are validated
by it beforehand, so walking them over known types is safe.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from counterfoil.twins.kit.paging import Cursor, opened, sealed
from counterfoil.twins.shopify.fields import KINDS, resolver
from counterfoil.twins.shopify.graphql.problem import Refused
from counterfoil.twins.shopify.graphql.selection import Selected

LARGEST_PAGE: Final = 250

Getter = Callable[[Any], object]
Reader = Callable[[Any], dict[str, object]]


class Page(NamedTuple):
    """The items of one page of a connection; `cursor` gives the cursor of the item at a place."""

    items: Sequence[Any]
    cursor: Callable[[int], str]
    more: bool
    earlier: bool


def page_size(at: Selected) -> int:
    """How many items a connection is asked for. Raises `Refused` where it is not said rightly."""
    first = at.arguments.get("first")
    if first is None:
        raise Refused("you must provide one of first or last", code="BAD_REQUEST", path=(at.key,))
    if not 0 < first <= LARGEST_PAGE:
        raise Refused(
            f"first must be between 1 and {LARGEST_PAGE}", code="BAD_REQUEST", path=(at.key,)
        )
    return first


def reader(children: Sequence[Selected]) -> Reader:
    """A function from a source to the values of the chosen fields."""
    getters = [(child.key, _field(child)) for child in children]

    def read(source: Any) -> dict[str, object]:
        return {key: get(source) for key, get in getters}

    return read


def reader_of(at: Selected) -> Reader:
    """A function from the value of an object field to the values of what is asked of it."""
    if not at.kinds:
        return reader(at.children)
    kind, readers = KINDS[at.family], {name: reader(below) for name, below in at.kinds.items()}
    return lambda source: readers[kind(source)](source)


def of_value(at: Selected) -> Getter:
    """A function from the value of a field (a source, sources, a page) to its JSON."""
    if at.leaf:
        return _as_it_is
    if at.connection:
        return _of_page(at)
    return _of_list(at) if at.listed else _of_one(at)


def _as_it_is(value: Any) -> object:
    return value


def _field(at: Selected) -> Getter:
    if at.name == "__typename":
        return lambda source: at.owner
    resolve = resolver(at.owner, at.name, at.arguments)
    if at.leaf:
        return resolve
    complete = of_value(at)
    if at.connection:
        cut = _cut(at)
        return lambda source: complete(cut(resolve(source)))
    return lambda source: complete(resolve(source))


def _of_one(at: Selected) -> Getter:
    read = reader_of(at)

    def one(value: Any) -> object:
        return None if value is None else read(value)

    # The same amounts come back again and again: they are spelt once a request, as ready JSON.
    return lru_cache(4096)(_ready(one)) if at.returns == "MoneyBag" else one


def _of_list(at: Selected) -> Getter:
    read = reader_of(at)
    first = at.arguments.get("first")

    def each(values: Any) -> object:
        return [read(value) for value in values[:first]]

    return each


def _cut(at: Selected) -> Callable[[Any], Page]:
    """The page of a list that rests in memory, by the items' own numbers."""
    first = page_size(at)
    after = _place(at)

    def cut(found: Any) -> Page:
        start = sum(1 for item in found if item.id <= after) if after else 0
        items = found[start : start + first]
        return Page(
            items=items,
            cursor=_cursors(items),
            more=start + first < len(found),
            earlier=start > 0,
        )

    return cut


def _cursors(items: Sequence[Any]) -> Callable[[int], str]:
    return lambda place: sealed(Cursor(last_id=items[place].id))


def _place(at: Selected) -> int:
    text = at.arguments.get("after")
    if text is None:
        return 0
    cursor = opened(text)
    if cursor is None or cursor.listing:
        raise Refused(
            "Invalid cursor for current pagination sort.", code="BAD_REQUEST", path=(at.key,)
        )
    return cursor.last_id


def _of_page(at: Selected) -> Getter:
    parts = [(child.key, _part(child)) for child in at.children]

    def whole(page: Any) -> object:
        at.most = max(at.most, len(page.items))
        return {key: get(page) for key, get in parts}

    return whole


def _part(at: Selected) -> Callable[[Page], object]:
    if at.name == "nodes":
        read = _item(at)
        return lambda page: [read(item) for item in page.items]
    if at.name == "edges":
        return _edges(at)
    if at.name == "pageInfo":
        return _page_info(at)
    return lambda page: at.owner


def _edges(at: Selected) -> Callable[[Page], object]:
    parts: list[tuple[str, Callable[[Page, int], object]]] = []
    for child in at.children:
        if child.name == "cursor":
            parts.append((child.key, lambda page, place: page.cursor(place)))
        elif child.name == "node":
            parts.append((child.key, _node(child)))
        else:
            parts.append((child.key, lambda page, place: at.returns))
    return lambda page: [
        {key: get(page, place) for key, get in parts} for place in range(len(page.items))
    ]


def _node(at: Selected) -> Callable[[Page, int], object]:
    read = _item(at)
    return lambda page, place: read(page.items[place])


def _item(at: Selected) -> Getter:
    read = reader_of(at)
    if at.returns != "Order":
        return read
    # An order is spelt as soon as it is read: its hundred small dicts, kept until a page of 250
    # is whole, would take half as long again.
    return _ready(read)


def _ready(get: Getter) -> Getter:
    """The same, spelt as JSON already."""

    def ready(value: Any) -> msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(get(value)))

    return ready


def _page_info(at: Selected) -> Callable[[Page], object]:
    known: dict[str, Callable[[Page], object]] = {
        "endCursor": lambda page: page.cursor(len(page.items) - 1) if page.items else None,
        "hasNextPage": lambda page: page.more,
        "hasPreviousPage": lambda page: page.earlier,
        "startCursor": lambda page: page.cursor(0) if page.items else None,
        "__typename": lambda page: "PageInfo",
    }
    parts = [(child.key, known[child.name]) for child in at.children]
    return lambda page: {key: get(page) for key, get in parts}
