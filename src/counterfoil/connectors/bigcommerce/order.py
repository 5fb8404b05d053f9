"""From one order as V2 tells it to a `Reading`: an order as it is now, or why there is none.

A checkout that nobody has finished is no order yet: it is neither listed nor counted, and not there
when asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, cast

import msgspec
from msgspec.structs import replace

from counterfoil.connectors.bigcommerce import words
from counterfoil.connectors.bigcommerce.fields import StoreOrder
from counterfoil.connectors.bigcommerce.parts import bought, is_component
from counterfoil.connectors.bigcommerce.words import WORDS, Row
from counterfoil.kit.api.endpoint import endpoint
from counterfoil.kit.api.reading import DocumentReader, reading_of
from counterfoil.kit.connector import Reading
from counterfoil.mapping.addresses import only_address
from counterfoil.mapping.convert import currency_code, spelt
from counterfoil.mapping.fine import exact, fine, nearest, size
from counterfoil.mapping.losses import Loss, left_behind
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.returned import less, sent
from counterfoil.mapping.shape import table
from counterfoil.mapping.tenders import with_gateway
from counterfoil.model.line import Payment
from counterfoil.model.order import Order, Paid, adds_up
from counterfoil.values.clock import Instant

ORDERS: Final = endpoint(__package__ or "", "order")
_TABLE: Final = table("order", StoreOrder, left_behind(__package__ or ""))


class Settings(msgspec.Struct, frozen=True):
    """What differs from store to store, as the manifest tells it."""

    orders_per_page: int
    test_payment_methods: str
    status_tells_payment: bool


class Reader:
    """Reads the orders of one store (`kit.api.sublists.Reads`)."""

    only_whole = staticmethod(words.was_refunded)
    adds_up = staticmethod(adds_up)

    def __init__(self, settings: Settings) -> None:
        self._by_status = settings.status_tells_payment
        self._tests = {name.strip() for name in settings.test_payment_methods.split(",")} - {""}
        self._mapper = Mapper(_TABLE)
        head = ORDERS.head(
            "default_currency_code",
            lambda row, code: nearest(fine(row.get("total_inc_tax"), code), code),
            cancelled=words.is_gone,
            test=self._is_test,
        )
        nameless = "It is no order: a message only names one."
        self._reader = DocumentReader(head, self._order, self._whole, nameless=nameless)
        self.stump = self._reader.stump
        self.listed = self._reader.listed

    def read(self, value: object, at: Instant, source: bytes) -> Reading[Order]:
        """The reading of an order whose lists stand in it; see `kit.api.reading`."""
        row = ORDERS.alone(cast("Row", value)) if isinstance(value, dict) else value
        return self._reader.read(row, at, source)

    def is_one(self, head: Row) -> bool:
        """Whether its checkout was finished."""
        return head.get("status_id") != WORDS.incomplete

    def _is_test(self, row: Row) -> bool:
        return row.get("payment_method") in self._tests

    def _order(self, row: Row) -> tuple[StoreOrder, Order]:
        store_order = self._mapper.run(row, currency_code(row.get("default_currency_code"), ""))
        deliver_to = only_address(store_order.goes_to, store_order.key, "shipping_addresses")
        state = words.paid(store_order.payment, store_order.status, by_status=self._by_status)
        order = less(bought(store_order), {line.key: line.returned for line in store_order.lines})
        if store_order.status in WORDS.sent and not any(line.sent for line in store_order.lines):
            order = sent(order)  # only the status says so, and no piece is counted
        return store_order, replace(
            order,
            payments=_payments(store_order, order.total_minor, state),
            email=store_order.email,
            deliver_to=deliver_to,
            invoice_to=store_order.invoice_to,
            note=store_order.note,
            cancelled=words.is_gone(row),
            test=self._is_test(row),
            paid=state,
            channel=words.channel(store_order.source, store_order.channel),
            phone=store_order.phone,
            customer=str(store_order.customer or ""),
            locale=store_order.locale,
            attributes=store_order.attributes,
            discount_codes=tuple(coupon.code for coupon in store_order.coupons),
        )

    def _whole(self, made: tuple[StoreOrder, Order], row: Row, source: bytes) -> Reading[Order]:
        store_order, order = made
        losses = (*self._mapper.losses(row), *_losses(store_order, included=order.tax_included))
        return reading_of(order, source, test=order.test, losses=losses)


def _payments(store_order: StoreOrder, total_minor: int, state: Paid) -> tuple[Payment, ...]:
    credit = exact(store_order.store_credit, store_order.currency)
    certificates = exact(store_order.certificates, store_order.currency)
    others = (
        Payment("gift_certificate", certificates, "gift-card", "received"),
        Payment("store_credit", credit, "store-credit", "received"),
    )
    kind = "manual" if store_order.method == "Manual" else ""
    gateway = Payment(spelt(store_order.method), 0, kind, reference=store_order.reference)
    return with_gateway(others, gateway, total_minor, state)


def _losses(store_order: StoreOrder, *, included: bool) -> Iterator[Loss]:
    """What an order says, and no field of ours can."""
    for line in store_order.lines:
        if is_component(line):
            why = "A part of another line, which has the price of both."
            yield Loss("products", "left-out", why, f"{line.quantity} x {line.sku}")
        if line.price.side(included) % size(store_order.currency):
            why = "A unit's price has a fraction of a penny; the line's total is exact."
            yield Loss("products[].price", "rounded", why, line.sku)
        if line.returned:
            why = "V2 counts what came back, and not the money; it is taken off at its own price."
            yield Loss("refunded_amount", "not-told", why, f"{line.returned} x {line.sku}")
    if store_order.shown_currency not in ("", store_order.currency):
        why = f"What the customer saw is told as a rate only ({store_order.shown_rate})."
        yield Loss("currency_code", "not-told", why, store_order.shown_currency)
