"""From one order as Shopify states it to a `Reading`: an order, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from msgspec.structs import replace

from counterfoil.connectors.shopify.fields import order_table
from counterfoil.connectors.shopify.words import Row, Words
from counterfoil.kit.api.reading import DocumentReader, Head
from counterfoil.kit.connector import Reading
from counterfoil.mapping.convert import currency_code
from counterfoil.mapping.mapper import Mapper
from counterfoil.model.order import Order
from counterfoil.values.clock import Instant, instant

_CONNECTIONS = ("lineItems", "shippingLines")
_TRIMMED = ("missing-field", "refunds-untold")
_NAMELESS = "The message does not say which order it is about."
_READ_ANEW = (
    "The message tells only a part of the order, so it is read from the shop itself. If it waits"
    " here, send it again; and let the webhooks be whole, of a supported version of the API."
)


class Reader:
    """Reads one shape of orders. `prepare` is what is done to a body before it is read."""

    def __init__(
        self, words: Words, *, prepare: Callable[[Row], Row] = lambda source: source
    ) -> None:
        self._words = words
        self._prepare = prepare
        self._whole = Mapper(order_table(words))
        self._short = Mapper(order_table(words, short=True))
        self._reader = DocumentReader(_head(words), self._order, self._reading, nameless=_NAMELESS)
        self.stump = self._reader.stump

    def read(self, value: Any, at: Instant, source: bytes = b"") -> Reading[Order]:
        """The reading of one order; see `kit.api.reading.DocumentReader`."""
        reading = self._reader.read(value, at, source)
        problem = reading.problem
        if problem is None or not self._words.pushed or problem.code not in _TRIMMED:
            return reading
        problem.do = _READ_ANEW
        return replace(reading, partial=True)

    def _order(self, row: Row) -> Order:
        row = self._prepare(row)
        currency = currency_code(row.get(self._words["currency"]), "")
        table = self._short if lost_units(row, self._words) else self._whole
        return table.run(row, currency)

    def _reading(self, order: Order, row: Row, source: bytes) -> Reading[Order]:
        return Reading(
            key=order.key,
            number=order.number,
            version=order.version,
            minor=order.total_minor,
            currency=order.currency,
            document=order,
            created=instant(order.created),
            test=order.test,
            cancelled=order.cancelled,
            source=source,
            partial=self._words.pushed and _tells_less(row, order),
        )


def _head(words: Words) -> Head:
    return Head(
        key=words.key,
        number="name",
        version=words["updated"],
        created=words["created"],
        currency=words["currency"],
        total=lambda row, currency: words.stated(row, ("current_total", "total"), currency),
        cancelled=words["cancelled"],
        test="test",
    )


def lost_units(source: Row, words: Words) -> bool:
    """Whether a line has fewer units than were ordered: by an edit, a refund or a return."""
    ordered, current = words["quantity"], words["current_quantity"]
    lines = words.first(source, "lines")
    # What is no list of lines is for the table to complain of, which knows the place.
    if not isinstance(lines, list):
        return False
    # A list is read through: it is quicker than to stop where there is nothing to stop at.
    rows = [line for line in cast("list[Row]", lines) if type(line) is dict]
    return bool([row for row in rows if row.get(current) not in (None, row.get(ordered))])


def _tells_less(body: Row, order: Order) -> bool:
    """Whether the shop itself says more than its message: of several gateways who paid what, and
    an address where the message has not even a null for one."""
    if "shipping_address" not in body and "billing_address" not in body:
        return True
    return len(order.payments) == 1 and ", " in order.payments[0].gateway


def unwrapped(value: Any) -> Any:
    """The order in an answer that holds one: {"order": …}, {"data": {"order" or "node": …}}; of a
    connection whose rows stand in edges the rows."""
    for name in ("data", "order", "node"):
        if isinstance(value, dict) and isinstance(cast("Row", value).get(name), dict):
            value = cast("Any", value[name])
    if isinstance(value, dict):
        row = cast("Row", value)
        return {**row, **{name: _rows(row[name]) for name in _CONNECTIONS if name in row}}
    return value


def _rows(connection: Any) -> Any:
    if isinstance(connection, dict) and isinstance(
        edges := cast("Row", connection).get("edges"), list
    ):
        return {"nodes": [edge["node"] for edge in cast("list[Row]", edges)]}
    return cast("Any", connection)


def is_node(value: Any) -> bool:
    """Whether it is an order as GraphQL states it."""
    return isinstance(value, dict) and ("legacyResourceId" in value or "lineItems" in value)
