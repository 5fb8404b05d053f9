"""From one order as Shopify states it to a `Reading`: an order, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from counterfoil.connectors.shopify.fields import order_table
from counterfoil.connectors.shopify.words import Row, Words
from counterfoil.kit.connector import Reading
from counterfoil.mapping.convert import currency_code
from counterfoil.mapping.mapper import Mapper
from counterfoil.model.order import Order
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import CounterfoilError, Refuse

_NO_CURRENCY = "XXX"  # ISO 4217's own word for none
_CONNECTIONS = ("lineItems", "shippingLines")
_TRIMMED = ("missing-field", "refunds-untold")
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

    def read(self, value: Any, at: Instant, source: bytes = b"") -> Reading[Order]:
        """The reading of one order; `at` is its version where it does not tell its own.

        `source` is what `value` was read from, where it is kept. Raises `Refuse` (code
        "no-identity") only where nothing says which order it is.
        """
        if not isinstance(value, dict):
            raise _nameless()
        row = cast("Row", value)
        try:
            row = self._prepare(row)
            order = self._order(row)
        except CounterfoilError as error:
            return self.stump(row, at, error, source)
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

    def _order(self, source: Row) -> Order:
        currency = currency_code(source.get(self._words["currency"]), "")
        table = self._short if lost_units(source, self._words) else self._whole
        return table.run(source, currency)

    def stump(
        self, row: Row, at: Instant, problem: CounterfoilError, source: bytes = b""
    ) -> Reading[Order]:
        """What can be known of an order that could not be read; who, when and how much."""
        words = self._words
        key = _known(words.key.convert, row.get(words.key.source), "")
        if not key:
            raise _nameless()
        partial = words.pushed and problem.code in _TRIMMED
        if partial:
            problem.do = _READ_ANEW
        currency = _known(currency_code, row.get(words["currency"]), _NO_CURRENCY)
        return Reading(
            key=key,
            number=str(row.get("name") or "")[:200],
            version=_moment(row.get(words["updated"])) or at,
            minor=_known(_total_of(words), row, 0, currency),
            currency=currency,
            problem=problem,
            created=_moment(row.get(words["created"])),
            test=row.get("test") is True,
            cancelled=_moment(row.get(words["cancelled"])) is not None,
            source=source,
            partial=partial,
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


def _total_of(words: Words) -> Callable[[Any, str], int]:
    return lambda row, currency: words.stated(row, ("current_total", "total"), currency) or 0


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


def _known(
    convert: Callable[[Any, str], Any], value: Any, otherwise: Any, currency: str = ""
) -> Any:
    try:
        return convert(value, currency)
    except (CounterfoilError, AttributeError):
        return otherwise


def _moment(value: Any) -> Instant | None:
    try:
        return instant(value) if isinstance(value, str) else None
    except CounterfoilError:
        return None


def _nameless() -> Refuse:
    return Refuse(
        "The message does not say which order it is about.",
        do="Subscribe to the order topics only, and with every field.",
        code="no-identity",
    )
