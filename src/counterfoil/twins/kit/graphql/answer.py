"""From sources to the JSON of an answer: the selection becomes plain functions, once a request.

graphql-core's own executor takes seconds for a page of 250 orders; the documents are validated
by it beforehand, so walking them over known types is safe.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec

from counterfoil.twins.kit.graphql.problem import Refused
from counterfoil.twins.kit.graphql.selection import Numbered, Selected
from counterfoil.twins.kit.paging import Cursor, opened, sealed

LARGEST_PAGE: Final = 250

Getter = Callable[[Any], object]
Reader = Callable[[object], dict[str, object]]


class Page(NamedTuple):
    """The items of one page of a connection; `cursor` gives the cursor of the item at a place."""

    items: Sequence[object]
    cursor: Callable[[int], str]
    has_next: bool
    has_previous: bool


def page_size(node: Selected) -> int:
    """How many items a connection is asked for. Raises `Refused` where it is not said rightly."""
    first = node.arguments.get("first")
    if first is None:
        raise Refused("you must provide one of first or last", code="BAD_REQUEST", path=(node.key,))
    if not 0 < first <= LARGEST_PAGE:
        raise Refused(
            f"first must be between 1 and {LARGEST_PAGE}", code="BAD_REQUEST", path=(node.key,)
        )
    return first


def reader(children: Sequence[Selected]) -> Reader:
    """A function from a source to the values of the chosen fields."""
    getters = [(child.key, _field(child)) for child in children]

    def read(source: object) -> dict[str, object]:
        return {key: get(source) for key, get in getters}

    return read


def reader_of(node: Selected) -> Reader:
    """A function from the value of an object field to the values of what is asked of it."""
    kind_of = node.kind_of
    if kind_of is None:
        return reader(node.children)
    readers = {name: reader(children) for name, children in node.kinds.items()}
    return lambda source: readers[kind_of(source)](source)


def of_value(node: Selected) -> Getter:
    """A function from the value of a field (a source, sources, a page) to its JSON."""
    if node.leaf:
        return _as_it_is
    if node.connection:
        return _of_page(node)
    return _of_list(node) if node.listed else _of_one(node)


def _as_it_is(value: object) -> object:
    return value


def _field(node: Selected) -> Getter:
    if node.name == "__typename":
        return lambda source: node.owner
    resolve = node.resolve
    assert resolve is not None, f"nobody answers {node.owner}.{node.name}"
    if node.leaf:
        return resolve
    complete = of_value(node)
    if node.connection:
        page, items = cut(node), node.items()
        return lambda source: complete(page(items(source)))
    return lambda source: complete(resolve(source))


def _of_one(node: Selected) -> Getter:
    read = reader_of(node)

    def whole(value: object) -> object:
        return None if value is None else read(value)

    return lru_cache(4096)(_ready(whole)) if node.again else whole


def _of_list(node: Selected) -> Getter:
    read = reader_of(node)
    first = node.arguments.get("first")

    def items(values: Sequence[object]) -> object:
        return [read(value) for value in values[:first]]

    return items


def cut(node: Selected) -> Callable[[Sequence[Numbered]], Page]:
    """The page of a list that rests in memory, by the items' own numbers. Raises `Refused` where
    it is asked for wrongly."""
    first = page_size(node)
    after = _place(node)

    def page(every: Sequence[Numbered]) -> Page:
        start = sum(1 for item in every if item.id <= after) if after else 0
        items = every[start : start + first]
        return Page(items, _cursors(items), start + first < len(every), start > 0)

    return page


def _cursors(items: Sequence[Numbered]) -> Callable[[int], str]:
    return lambda place: sealed(Cursor(last_id=items[place].id))


def _place(node: Selected) -> int:
    text = node.arguments.get("after")
    if text is None:
        return 0
    cursor = opened(text)
    if cursor is None or cursor.listing:
        raise Refused(
            "Invalid cursor for current pagination sort.", code="BAD_REQUEST", path=(node.key,)
        )
    return cursor.last_id


def _of_page(node: Selected) -> Getter:
    parts = [(child.key, _part(child)) for child in node.children]

    def whole(page: Page) -> object:
        node.most = max(node.most, len(page.items))
        return {key: get(page) for key, get in parts}

    return whole


def _part(node: Selected) -> Callable[[Page], object]:
    if node.name == "nodes":
        read = _item(node)
        return lambda page: [read(item) for item in page.items]
    if node.name == "edges":
        return _edges(node)
    if node.name == "pageInfo":
        return _page_info(node)
    return lambda page: node.owner


def _edges(node: Selected) -> Callable[[Page], object]:
    parts: list[tuple[str, Callable[[Page, int], object]]] = []
    for child in node.children:
        if child.name == "cursor":
            parts.append((child.key, lambda page, place: page.cursor(place)))
        elif child.name == "node":
            parts.append((child.key, _node(child)))
        else:
            parts.append((child.key, lambda page, place: node.returns))
    return lambda page: [
        {key: get(page, place) for key, get in parts} for place in range(len(page.items))
    ]


def _node(node: Selected) -> Callable[[Page, int], object]:
    read = _item(node)
    return lambda page, place: read(page.items[place])


def _item(node: Selected) -> Getter:
    read = reader_of(node)
    # The hundred small dicts of a large object, kept until a page of 250 is whole, would take half
    # as long again.
    return _ready(read) if node.at_once else read


def _ready(get: Getter) -> Getter:
    """The same, spelt as JSON already."""

    def ready(value: object) -> msgspec.Raw:
        return msgspec.Raw(msgspec.json.encode(get(value)))

    return ready


def _page_info(node: Selected) -> Callable[[Page], object]:
    members: dict[str, Callable[[Page], object]] = {
        "endCursor": lambda page: page.cursor(len(page.items) - 1) if page.items else None,
        "hasNextPage": lambda page: page.has_next,
        "hasPreviousPage": lambda page: page.has_previous,
        "startCursor": lambda page: page.cursor(0) if page.items else None,
        "__typename": lambda page: "PageInfo",
    }
    parts = [(child.key, members[child.name]) for child in node.children]
    return lambda page: {key: get(page) for key, get in parts}
