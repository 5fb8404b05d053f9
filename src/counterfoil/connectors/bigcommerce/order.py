"""Orders out of BigCommerce: by number, by change, by census; a message only names one.

A listing has the heads of orders; lines, addresses and taxes are calls of their own. So what was
read whole is remembered for as long as its head stays the same. A checkout that nobody has
finished (status 0) is no order yet: it is neither listed nor counted, and not there when asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, cast

from counterfoil.connectors.bigcommerce.client import TITLE, Client
from counterfoil.connectors.bigcommerce.reading import LISTS, Reader
from counterfoil.connectors.bigcommerce.words import INCOMPLETE, Row, was_refunded
from counterfoil.kit.api.paging import Seconds, inside
from counterfoil.kit.api.reading import NO_CURRENCY, known
from counterfoil.kit.api.recent import Recent
from counterfoil.kit.connector import CensusPage, Hint, Listed, Listing, Reading
from counterfoil.kit.formats import strict_json
from counterfoil.mapping.convert import currency_code, identity, mail_date
from counterfoil.mapping.fine import fine, nearest
from counterfoil.model.order import Order, check
from counterfoil.values.clock import Instant, instant, seconds_between
from counterfoil.values.digest import digest
from counterfoil.values.errors import Hold, Refuse

_CENSUS_PAGE = 250
_REMEMBERED = 2000  # orders; a few kilobytes each
_SETTLES_S = 2.0  # V2 tells whole seconds: what changed later than this has another moment
_NOTHING: Final = frozenset({None, "", 0, "0", "0.0000"})
_TOLD_BY: Final = {
    "products": "id",
    "shipping_addresses": "shipping_address_count",
    "taxes": "total_tax",
    "coupons": "coupon_discount",
}
"""The lists of an order that are worth a call where a member of its head is not nothing."""


class OrderSource:
    """The order source of one connection (`kit.connector.Source`)."""

    def __init__(self, client: Client, reader: Reader, page: int) -> None:
        self._client = client
        self._reader = reader
        self._page = page
        self._known: Recent[Reading[Order]] = Recent(_REMEMBERED)

    def parse(self, body: bytes, at: Instant) -> tuple[Hint, ...]:
        """The order that a message names. Raises `Refuse` where it is not JSON or names none."""
        told = strict_json.parse(body, what="The webhook")
        data = cast("Row", told).get("data") if isinstance(told, dict) else None
        named = cast("Row", data) if isinstance(data, dict) else {}
        key = named.get("id")
        if named.get("type") != "order" or type(key) is not int or not 0 < key < 10**18:
            raise Refuse(
                "The message does not say which order it is about.",
                do="Subscribe to the scopes of orders only (store/order/...).",
                code="no-identity",
            )
        return (Hint((str(key),)),)

    def reread(self, source: bytes, at: Instant) -> Reading[Order]:
        """Read an order that was kept, with its lists."""
        return self._reader.read(strict_json.parse(source, what="What was kept"), at, source)

    def read_any(self, body: bytes, at: Instant) -> Reading[Order]:
        """Read an order with its lists; a message has nothing of one."""
        return self._reader.read(strict_json.parse(body, what="The file"), at, b"")

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Order]]:
        """The orders with these numbers; archived ones too."""
        heads = [await self._client.order(key) for key in keys if key.isascii() and key.isdecimal()]
        return [await self._whole(head) for head in heads if head is not None and _is_order(head)]

    async def since(self, mark: Instant | None, cursor: str | None) -> Listing[Order]:
        """One page of the orders changed at or after `mark`, oldest change first.

        Never by page numbers, which shift. The present second may still change: overlap the marks.
        """
        place = Seconds.at(mark, cursor)
        query = {"min_date_modified": _iso(place.second), "sort": "date_modified:asc"}
        if place.after is not None:
            # A second more, and those left out: whether the end is inside is published nowhere.
            query |= {"max_date_modified": _iso(place.second + 1), "sort": "id:asc"}
            query["min_id"] = str(place.after + 1)
        heads = await self._client.orders({**query, "limit": str(self._page)})
        start = Instant.from_timestamp(place.second)
        inside(map(_spelt, heads), "date_modified", start, None, title=TITLE)
        changed = [_at(head, "date_modified").timestamp() for head in heads]
        readings = [
            await self._whole(head)
            for head, second in zip(heads, changed, strict=True)
            if _is_order(head) and (place.after is None or second == place.second)
        ]
        last = (changed[-1], int(heads[-1]["id"])) if heads else None
        return Listing(tuple(readings), place.beyond(last))

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """One page of what was created in [start, end), whole seconds, by number; then of what is
        archived of it. V2 has no count of a window."""
        first, last = Instant.from_timestamp(start.timestamp()), end.timestamp()
        archived, _, after = (cursor or "/0").partition("/")
        query = {
            "min_date_created": first.format_iso(),
            "max_date_created": _iso(last),
            "min_id": str(int(after) + 1),
            "sort": "id:asc",
            "limit": str(_CENSUS_PAGE),
            **({"is_deleted": "true"} if archived else {}),
        }
        heads = await self._client.orders(query)
        if not heads:
            return CensusPage((), None if archived else "archived/0")
        until = Instant.from_timestamp(last)
        kept = [head for head in heads if _at(head, "date_created") < until]
        inside(map(_spelt, kept), "date_created", first, until, title=TITLE)
        rows = [
            await self._listed(head)
            for head in kept
            if _is_order(head) and (head.get("is_deleted") is True) == bool(archived)
        ]
        return CensusPage(tuple(rows), f"{archived}/{heads[-1]['id']}")

    async def _whole(self, head: Row) -> Reading[Order]:
        """The reading of an order, with its lists; from memory where its head is the same."""
        now, mark = self._client.clock.now(), digest(strict_json.encode(head))
        if (remembered := self._known.get(mark)) is not None:
            return remembered
        row = dict(head)
        try:
            reading = await self._asked(row, now)
        except Hold as problem:
            return self._reader.stump(row, now, problem, strict_json.encode(row))
        if seconds_between(reading.version, now) > _SETTLES_S:
            self._known.keep(mark, reading)
        return reading

    async def _asked(self, row: Row, now: Instant) -> Reading[Order]:
        key = identity(row.get("id"), "")
        for name in LISTS:
            wanted = row.get(_TOLD_BY.get(name, "")) not in _NOTHING
            row[name] = await self._client.parts(key, name) if wanted else []
        reading = self._reader.read(row, now, strict_json.encode(row))
        if reading.document is None or _adds_up(reading.document):
            return reading
        # Fees are part of the total, and no member of the head says that there are any.
        row["fees"] = await self._client.parts(key, "fees")
        return self._reader.read(row, now, strict_json.encode(row))

    async def _listed(self, head: Row) -> Listed:
        """A row of the census. What is left after a refund only the order itself can tell."""
        if was_refunded(head):
            order = await self._whole(head)
            total_minor, currency = order.minor, order.currency
        else:
            currency = known(currency_code, head.get("default_currency_code"), NO_CURRENCY)
            total_minor = nearest(fine(head.get("total_inc_tax"), currency), currency)
        key = identity(head.get("id"), "")
        created, version = (_at(head, name) for name in ("date_created", "date_modified"))
        return Listed(key, key, version, created, total_minor, currency)


def _is_order(head: Row) -> bool:
    return head.get("status_id") != INCOMPLETE


def _adds_up(order: Order) -> bool:
    try:
        check(order)
    except Hold:
        return False
    return True


def _at(head: Row, name: str) -> Instant:
    """When it was made, or changed. Raises `Hold` where it does not tell."""
    return instant(mail_date(head.get(name), ""))


def _spelt(head: Row) -> Row:
    return {name: mail_date(head.get(name), "") for name in ("date_created", "date_modified")}


def _iso(second: int) -> str:
    return Instant.from_timestamp(second).format_iso()
