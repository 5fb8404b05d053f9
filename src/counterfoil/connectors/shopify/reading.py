"""From one order as Shopify states it to a `Reading`: an order, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from counterfoil.connectors.shopify.fields import Row, Words, order_table
from counterfoil.kit.connector import Reading
from counterfoil.mapping.convert import currency_code, identity
from counterfoil.mapping.field import Computed, Converter
from counterfoil.mapping.table import Table
from counterfoil.model.order import Order
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import CounterfoilError, Hold, Refuse

_NO_CURRENCY = "XXX"  # ISO 4217's own word for none


class Reader:
    """Reads one shape of orders; with `keep_losses` each reading says what was not carried."""

    def __init__(
        self,
        words: Words,
        *,
        keep_losses: bool = False,
        prepare: Callable[[Row], Row] = lambda source: source,
    ) -> None:
        self._words = words
        self._prepare = prepare
        self._keep_losses = keep_losses
        self._sold = order_table(words)
        self._edited = order_table(words, edited=True)
        self._kind: Table[dict[str, bool]] = Table("edited", [_lost_units(words)])

    def read(self, source: Any, now: Instant) -> Reading[Order]:
        """The reading of one order; `now` is its version where it does not tell its own.

        Raises `Refuse` (code "no-identity") only where nothing says which order it is.
        """
        if not isinstance(source, dict):
            raise _nameless()
        row = self._prepare(cast("Row", source))
        try:
            order, problem = self._order(row), None
        except CounterfoilError as error:
            order, problem = None, error
        if order is None:
            return self.stump(row, now, problem)
        return Reading(
            key=order.key,
            number=order.number,
            version=order.version,
            minor=order.total_minor,
            currency=order.currency,
            document=order,
            losses=self._sold.losses(row) if self._keep_losses else (),
            created=instant(order.created),
        )

    def _order(self, source: Row) -> Order:
        currency = currency_code(source.get(self._words["currency"]), "")
        lost_units = self._kind.run(source, currency)["edited"]
        table = self._edited if lost_units else self._sold
        try:
            return table.run(source, currency)
        except Hold as hold:
            # A tip can be a line of its own and stand in the order's tips as well.
            if hold.code != "total-differs" or not self._words.money(source, "tip", currency):
                raise
            return table.run(self._words.without(source, "tip"), currency)

    def stump(self, source: Row, now: Instant, problem: CounterfoilError | None) -> Reading[Order]:
        """What can be known of an order that could not be read; who, when and how much."""
        words = self._words
        key = _known(identity, source.get(words.key.source), "")
        if not key:
            raise _nameless()
        currency = _known(currency_code, source.get(words["currency"]), _NO_CURRENCY)
        return Reading(
            key=key,
            number=str(source.get("name") or "")[:200],
            version=_moment(source.get(words["updated"])) or now,
            minor=_known(
                lambda value, code: words.money(value, "total", code), source, 0, currency
            ),
            currency=currency,
            problem=problem,
            created=_moment(source.get(words["created"])),
        )


def _lost_units(words: Words) -> Computed:
    """Whether units are missing because an edit removed them.

    An ordered unit that is there no longer was removed by an edit or came back. The total before
    returns still has what came back, the current total does not: where the two are equal, nothing
    came back, so an edit removed it. An order with both adds up in neither way, and is held.
    """
    ordered, current = words["quantity"], words["current_quantity"]

    def short(line: Any) -> bool:
        # What is no line at all is for the table to complain of, which knows the place.
        if not isinstance(line, dict):
            return False
        row = cast("Row", line)
        return row.get(current) not in (None, row.get(ordered))

    def lost(source: Row, currency: str) -> bool:
        lines = words.first(source, "lines")
        if not isinstance(lines, list) or not any(map(short, cast("list[Any]", lines))):
            return False
        total = words.money(source, "total", currency)
        return total == words.money(source, "current_total", currency)

    return Computed("edited", lost, "units that are ordered and not current")


def without_removed_postage(body: Row) -> Row:
    """A webhook's body as GraphQL shows an order: without postage that an edit took away."""
    postage = body.get("shipping_lines")
    if not isinstance(postage, list):
        return body
    lines = cast("list[Any]", postage)
    standing = [line for line in lines if not _removed(line)]
    return body if len(standing) == len(lines) else {**body, "shipping_lines": standing}


def _removed(line: Any) -> bool:
    return isinstance(line, dict) and cast("Row", line).get("is_removed") is True


def _known(convert: Converter, value: Any, otherwise: Any, currency: str = "") -> Any:
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
