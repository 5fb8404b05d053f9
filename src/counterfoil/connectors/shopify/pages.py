"""Listings: one page at a time, its place in the whole, and how much is asked for at once."""

from __future__ import annotations

from typing import Any

import msgspec

from counterfoil.kit.connector import Listed
from counterfoil.kit.formats import strict_json
from counterfoil.mapping.convert import currency_code, identity, money, text, when
from counterfoil.mapping.field import Field, Table
from counterfoil.mapping.mapper import Mapper
from counterfoil.values.clock import Instant, instant, seconds_between
from counterfoil.values.errors import CounterfoilError, Halt, Refuse

_SLACK_S = 3600.0
_FEWEST_ORDERS = 5  # below this, fewer lines are asked for before still fewer orders


class _Info(msgspec.Struct, frozen=True):
    hasNextPage: bool
    endCursor: str | None = None


class _Connection(msgspec.Struct, frozen=True):
    nodes: list[dict[str, Any]]
    pageInfo: _Info


class _Count(msgspec.Struct, frozen=True):
    precision: str
    count: int


class Page(msgspec.Struct, frozen=True):
    """The nodes of one page; `cursor` None is the end."""

    nodes: list[dict[str, Any]]
    cursor: str | None


class Sizes:
    """How many orders and lines one query asks for; halved whenever Shopify finds it too dear.

    What a query costs is Shopify's secret (nested pages cost far less than their product), so the
    sizes are found by asking, and once found they stay.
    """

    def __init__(self, orders: int, lines: int) -> None:
        self.orders: int = orders
        self.lines: int = lines

    def shrink_after(self, error: Refuse) -> None:
        """Ask for less from now on; raise `error` where it is another one, or nothing is left."""
        if error.code != "max-cost" or (self.orders, self.lines) == (1, 1):
            raise error
        if self.orders > _FEWEST_ORDERS or self.lines == 1:
            self.orders //= 2
        else:
            self.lines //= 2


def page_of(connection: Any, before: str | None) -> Page:
    """The page that a connection holds, which followed the cursor `before`.

    Raises `Refuse` where it has another shape, `Halt` where its cursor does not move.
    """
    found = strict_json.convert(connection, _Connection, what="The page")
    if not found.pageInfo.hasNextPage:
        return Page(found.nodes, None)
    cursor = found.pageInfo.endCursor
    if cursor is None or cursor == before:
        raise Halt(
            "The listing gives the same place twice.",
            do="Run it again from its mark; if that repeats, tell Shopify.",
            code="same-cursor",
        )
    return Page(found.nodes, cursor)


def kept(node: dict[str, Any]) -> bytes:
    """The node as it is kept, so that it can be read again: `OrderSource.reread` takes it."""
    return strict_json.encode(node)


def exact_count(counted: Any) -> int | None:
    """The count that Shopify states, where it states one and calls it exact.

    Raises `Refuse` where it has another shape.
    """
    if counted is None:
        return None
    found = strict_json.convert(counted, _Count, what="The count")
    return found.count if found.precision == "EXACT" else None


def search_time(moment: Instant) -> str:
    """A moment as Shopify's search takes it: whole seconds, never later than `moment`."""
    return Instant.from_timestamp(moment.timestamp()).format_iso()


def inside(page: Page, field: str, first: Instant, end: Instant | None) -> None:
    """Raise `Halt` where a node lies outside [first, end): Shopify then ignored the filter.

    A filter that it does not know is passed over in silence, and the whole shop is listed. (Its
    index may be a little out of step with the orders; an hour is not a little.)
    """
    for node in page.nodes:
        moment = _moment(node.get(field))
        if moment is None:
            continue
        if seconds_between(moment, first) > _SLACK_S or (end is not None and moment >= end):
            raise Halt(
                f"Shopify listed an order with {field} {moment} outside the window asked for.",
                do="The filter is not understood any more; tell the connector's keepers.",
                code="filter-ignored",
            )


def listed(node: dict[str, Any]) -> Listed:
    """One row of the census. Raises `Hold` naming the field where it cannot be read."""
    currency = currency_code(node.get("currencyCode"), "")
    row = _LISTED.run(node, currency)
    return Listed(
        key=row["key"],
        number=row["number"],
        version=instant(row["updated"]),
        created=instant(row["created"]),
        total_minor=row["total_minor"],
        currency=currency,
    )


def _moment(value: Any) -> Instant | None:
    try:
        return instant(value) if isinstance(value, str) else None
    except CounterfoilError:
        return None  # the reading of the order itself says what is wrong with it


_LISTED: Mapper[dict[str, Any]] = Mapper(
    Table(
        "census row",
        [
            Field("key", "legacyResourceId", identity),
            Field("number", "name", text),
            Field("created", "createdAt", when),
            Field("updated", "updatedAt", when),
            Field("total_minor", "currentTotalPriceSet.shopMoney.amount", money),
        ],
    )
)
