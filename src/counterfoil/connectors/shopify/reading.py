"""From one order as Shopify states it to a `Reading`: an order, or the reason why there is none."""

from __future__ import annotations

from functools import partial
from typing import Any, Final, cast

from msgspec.structs import replace

from counterfoil.connectors.shopify import left
from counterfoil.connectors.shopify.fields import HOOK, Row, Told
from counterfoil.connectors.shopify.hook import as_it_is_now, check_whole
from counterfoil.kit.api.reading import DocumentReader, head_of, inside_of, reading_of
from counterfoil.kit.connector import Reading
from counterfoil.kit.formats.graphql import with_nodes
from counterfoil.mapping.convert import currency_code
from counterfoil.mapping.interpret import guarded
from counterfoil.mapping.losses import Shallow, left_behind
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.shape import table
from counterfoil.model.order import Order
from counterfoil.values.clock import Instant

_CONNECTIONS, _NAMES = ("lineItems", "shippingLines"), ("GraphQL order", "webhook order")
_TRIMMED = ("missing-field", "refunds-untold")
_NAMELESS = "The message does not say which order it is about."
_READ_ANEW = (
    "The message tells only a part of the order, so it is read from the shop itself. If it waits"
    " here, send it again; and let the webhooks be whole, of a supported version of the API."
)
_BEHIND: Final = left_behind(__package__ or "")


class Reader:
    """Reads the orders of one spelling (`fields.NODE` or `fields.HOOK`)."""

    def __init__(self, spelling: int) -> None:
        self._pushed = spelling == HOOK
        ignores = _BEHIND if self._pushed else {}
        orders = table(_NAMES[spelling], Told, ignores, spelling=spelling)
        self._mapper = Mapper(orders)
        self._unread = Shallow(orders, "lines") if self._pushed else None
        head = head_of(orders, "current_total", "total")
        self._currency = head.currency
        self._reader = DocumentReader(head, self._order, self._reading, nameless=_NAMELESS)
        self.stump, self.listed = self._reader.stump, self._reader.listed

    def read(self, value: Any, at: Instant, source: bytes = b"") -> Reading[Order]:
        """The reading of one order; see `kit.api.reading.DocumentReader`."""
        reading = self._reader.read(value, at, source)
        if self._unread is None:
            return reading
        losses = self._unread.of(value)
        problem = reading.problem
        if problem is None or problem.code not in _TRIMMED:
            return replace(reading, losses=losses) if losses else reading
        problem.do = _READ_ANEW
        return replace(reading, losses=losses, partial=True)

    def _order(self, row: Row) -> Order:
        if self._pushed:
            check_whole(row)
        told = self._mapper.run(row, currency_code(row.get(self._currency), ""))
        return guarded(partial(_now if self._pushed else left.order, told))

    def _reading(self, order: Order, row: Row, source: bytes) -> Reading[Order]:
        partial = self._pushed and _tells_less(row, order)
        return reading_of(order, source, test=order.test, partial=partial)


def _now(told: Told) -> Order:
    return left.order(as_it_is_now(told))


def _tells_less(body: Row, order: Order) -> bool:
    """Whether the shop itself says more than its message: of several gateways who paid what, and
    an address where the message has not even a null for one."""
    if "shipping_address" not in body and "billing_address" not in body:
        return True
    return len(order.payments) == 1 and ", " in order.payments[0].gateway


def unwrapped(value: object) -> Any:
    """The order in an answer that holds one: {"order": …}, {"data": {"order" or "node": …}}; of a
    connection whose rows stand in edges the rows."""
    row = inside_of(value, "data", "order", "node")
    return with_nodes(cast("Row", row), *_CONNECTIONS) if isinstance(row, dict) else row
