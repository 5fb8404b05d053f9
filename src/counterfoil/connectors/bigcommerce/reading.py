"""From one order as V2 tells it to a `Reading`: an order as it is now, or why there is none."""

from __future__ import annotations

from typing import cast

import msgspec
from msgspec.structs import replace

from counterfoil.connectors.bigcommerce.fields import Told
from counterfoil.connectors.bigcommerce.losses import IGNORES, losses_of
from counterfoil.connectors.bigcommerce.parts import bought
from counterfoil.connectors.bigcommerce.words import SENT, Row, channel, is_gone, paid
from counterfoil.kit.api.reading import DocumentReader, Head, known, reading_of
from counterfoil.kit.connector import Reading
from counterfoil.mapping.convert import currency_code, identity, mail_date, spelt
from counterfoil.mapping.field import Field
from counterfoil.mapping.fine import exact, fine, nearest
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.shape import table
from counterfoil.model.address import Address
from counterfoil.model.line import Line, Payment, PaymentState
from counterfoil.model.order import Order, Paid
from counterfoil.values.clock import Instant
from counterfoil.values.errors import Hold

LISTS = ("products", "shipping_addresses", "taxes", "coupons", "fees")
"""Lists that stand beside an order; its head has links in their place, or nothing."""
_DATES = ("date_created", "date_modified")
_HEAD = Head(
    key=Field("key", "id", identity),
    number="id",
    version="date_modified",
    created="date_created",
    currency="default_currency_code",
    total=lambda row, currency: nearest(fine(row.get("total_inc_tax"), currency), currency),
    cancelled="cancelled",
    test="test",
)


class Settings(msgspec.Struct, frozen=True):
    """What differs from store to store, as the manifest tells it."""

    orders_per_page: int
    test_payment_methods: str
    status_tells_payment: bool


class Reader:
    """Reads the orders of one store."""

    def __init__(self, settings: Settings) -> None:
        self._by_status = settings.status_tells_payment
        self._tests = {name.strip() for name in settings.test_payment_methods.split(",")} - {""}
        self._mapper = Mapper(table("order", Told, IGNORES))
        self._reader = DocumentReader(
            _HEAD, self._order, self._whole, nameless="It is no order: a message only names one."
        )

    def read(self, value: object, at: Instant, source: bytes) -> Reading[Order]:
        """The reading of an order whose lists stand in it; see `kit.api.reading`."""
        given = self._spelt(cast("Row", value)) if isinstance(value, dict) else value
        return self._reader.read(given, at, source)

    def stump(self, row: Row, at: Instant, problem: Hold, source: bytes) -> Reading[Order]:
        """What its head alone can say."""
        return self._reader.stump(self._spelt(row), at, problem, source)

    def _spelt(self, row: Row) -> Row:
        """The row in the words that its readers know: moments, and what becomes of it."""
        dates = {name: known(mail_date, row.get(name), row.get(name)) for name in _DATES}
        lists = {name: row[name] for name in LISTS if isinstance(row.get(name), list)}
        return {
            **{name: value for name, value in row.items() if name not in LISTS},
            **lists,
            **dates,
            "cancelled": dates["date_modified"] if is_gone(row) else None,
            "test": row.get("payment_method") in self._tests,
        }

    def _order(self, row: Row) -> tuple[Told, Order]:
        told = self._mapper.run(row, currency_code(row.get("default_currency_code"), ""))
        if len(told.goes_to) > 1:
            raise Hold(
                f"Order {told.key} goes to {len(told.goes_to)} addresses; here it may go to one.",
                do="Enter an order for each address by hand, and set this one aside.",
                where="shipping_addresses",
                code="several-addresses",
            )
        state = paid(told.payment, told.status, by_status=self._by_status)
        order = _left(told, bought(told))
        return told, replace(
            order,
            payments=_payments(told, order.total_minor, state),
            email=told.email,
            deliver_to=next(iter(told.goes_to), Address()),
            invoice_to=told.invoice_to,
            note=told.note,
            cancelled=row["cancelled"] is not None,
            test=row["test"],
            paid=state,
            channel=channel(told.source, told.channel),
            phone=told.phone,
            customer=str(told.customer or ""),
            locale=told.locale,
            attributes=told.attributes,
            discount_codes=tuple(coupon.code for coupon in told.coupons),
        )

    def _whole(self, made: tuple[Told, Order], row: Row, source: bytes) -> Reading[Order]:
        told, order = made
        losses = (*self._mapper.losses(row), *losses_of(told, included=order.tax_included))
        return reading_of(order, source, test=order.test, losses=losses)


def _left(told: Told, order: Order) -> Order:
    """The order without the units that came back, taken off at their own price; and with all of
    it sent where only the status says so, and no piece is counted."""
    returned = {line.key: line.returned for line in told.lines}
    by_hand = told.status in SENT and not any(line.sent for line in told.lines)
    lines: list[Line] = []
    total_minor, tax_minor = order.total_minor, order.tax_minor
    for line in order.lines:
        rest = max(0, line.quantity - returned[line.key])
        left = line if rest == line.quantity else line.part(rest)
        taxed = line.tax_minor - left.tax_minor
        tax_minor -= taxed
        total_minor -= line.total_minor - left.total_minor + (0 if order.tax_included else taxed)
        if rest:
            lines.append(replace(left, sent=rest) if by_hand else left)
    return replace(order, lines=tuple(lines), total_minor=total_minor, tax_minor=tax_minor)


def _payments(told: Told, total_minor: int, state: Paid) -> tuple[Payment, ...]:
    """What each means has paid, or only authorised; gift certificates and store credit first."""
    credit = exact(told.store_credit, told.currency)
    certificates = exact(told.certificates, told.currency)
    found: list[Payment] = []
    if certificates:
        found.append(Payment("gift_certificate", certificates, "gift-card", "received"))
    if credit:
        found.append(Payment("store_credit", credit, "store-credit", "received"))
    rest = total_minor - credit - certificates
    if rest > 0 and state in ("authorised", "paid", "part-refunded"):
        kind = "manual" if told.method == "Manual" else ""
        how: PaymentState = "authorised" if state == "authorised" else "received"
        found.append(Payment(spelt(told.method), rest, kind, how, told.reference))
    return tuple(found)
