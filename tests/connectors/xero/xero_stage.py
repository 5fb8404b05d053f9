"""A Xero for the tests: the twin, orders with awkward prices, and the way to it."""

from __future__ import annotations

import random
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import msgspec

from counterfoil.kit.contract import AsgiWire, Stage, StoppedClock
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.line import Charge, Line, Payment
from counterfoil.model.order import Order
from counterfoil.model.refund import Adjustment, Credit, Refund, Repayment
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.xero import Site, XeroTwin
from counterfoil.twins.xero.payment import PAYMENTS
from counterfoil.twins.xero.twin import KINDS
from counterfoil.values.money import rounded
from tests.connectors.buyers import Accounts
from tests.connectors.xero.xero_payouts import Payouts

TENANT = "b4aca7b2-6fab-4ee7-a969-477f9128f636"
SECRETS = {
    "client_id": "canary-client-5d1e",
    "client_secret": "canary-secret-9b1c",
    "refresh_token": "canary-refresh-77a0",
    "webhook_key": "canary-hook-key-31",
}
SITE = Site(
    client_id=SECRETS["client_id"],
    client_secret=SECRETS["client_secret"],
    refresh_token=SECRETS["refresh_token"],
    webhook_key=SECRETS["webhook_key"],
    tenant_id=TENANT,
)
MAPS = {
    "clearing": ValueMap("clearing", {"GBP": "851"}),
    "banks": ValueMap("banks", {"GBP": "090"}),
    "payouts": ValueMap(
        "payouts",
        {
            "fee": "404",
            "fee-tax": "820",
            "dispute": "860",
            "reserve": "610",
            "SHIPPING_LABEL": "310",
        },
    ),
    "accounts": ValueMap(
        "accounts",
        {
            "product": "200",
            "custom": "200",
            "gift-card": "820",
            "tip": "203",
            "shipping": "202",
            "extra": "203",
            "rounding": "860",
            "goodwill": "203",
            "fee": "203",
            "duty": "203",
            "exchange": "203",
            "rate": "860",
            "difference": "860",
        },
    ),
    "gateways": ValueMap("gateways", {"shopify_payments": "851", "gift_card": "820"}),
    "tax-types": ValueMap(
        "tax-types", {"0.2": "OUTPUT2", "0.05": "RROUTPUT", "0": "ZERORATEDOUTPUT"}
    ),
}
SETTINGS: dict[str, Any] = {
    "tenant_id": TENANT,
    "contact": "Web sales",
    "currencies": ["GBP", "EUR"],
    "account_map": "accounts",
    "tax_map": "tax-types",
    "payment_map": "gateways",
    "page_size": 3,
    "clearing_map": "clearing",
    "bank_map": "banks",
    "payout_map": "payouts",
}


def sold(number: int, *, tax_included: bool = True) -> Order:
    """An order of up to nine lines, many at a price that no number of pieces divides."""
    chance = random.Random(number)
    lines = tuple(_line(at, chance, tax_included) for at in range(chance.randint(1, 9)))
    postage = Charge("DPD", 495, 83 if tax_included else 99, "0.2")
    tax = sum(line.tax_minor for line in lines) + postage.tax_minor
    total = sum(line.total_minor for line in lines) + 495 + (0 if tax_included else tax)
    return Order(
        key=str(5_778_316_000_000 + number),
        number=f"#{1000 + number}",
        placed="2026-10-05T09:12:33Z",
        created="2026-10-05T09:12:34Z",
        updated="2026-10-05T09:12:34Z",
        currency="GBP",
        tax_included=tax_included,
        lines=lines,
        shipping=(postage,),
        total_minor=total,
        tax_minor=tax,
        payments=(Payment("shopify_payments", total),),
        email="ada@example.com",
    )


def _line(at: int, chance: random.Random, tax_included: bool) -> Line:
    quantity, unit = chance.randint(1, 24), chance.randint(29, 9999)
    discount = chance.choice((0, 0, chance.randint(0, quantity * unit)))
    net = quantity * unit - discount
    rate, over = chance.choice((("0.2", 20), ("0.05", 5), ("0", 0)))
    tax = rounded(net * over, 100 + over if tax_included else 100)
    sku = f"SKU-{chance.randint(1, 20)}"
    return Line(str(at), sku, "Thing, red", quantity, unit, discount, tax, rate)


def refunded(number: int, *, tax_included: bool = True) -> Refund:
    """A refund of some pieces, postage and something beside them, by one means or by two."""
    order, chance = sold(number, tax_included=tax_included), random.Random(-number)
    lines = tuple(
        Credit(line.key, line.sku, line.quantity, line.total_minor, line.tax_minor, line.title,
               line.tax_rate)
        for line in order.lines
    )  # fmt: skip
    fee = Adjustment("fee", -min(150, order.total_minor), title="Restocking")
    total = order.total_minor + fee.amount_minor
    first = chance.choice((total, total // 2))
    parts = [("shopify_payments", first), ("gift_card", total - first)]
    return Refund(
        key=str(889_211_000 + number),
        number=f"{order.number}-R{number}",
        order=order.key,
        order_number=order.number,
        created="2026-10-09T10:00:00Z",
        updated="2026-10-09T10:00:05Z",
        currency="GBP",
        tax_included=tax_included,
        total_minor=total,
        tax_minor=order.tax_minor,
        lines=lines,
        shipping=order.shipping,
        adjustments=(fee,),
        repayments=tuple(
            Repayment(f"{number}-{at}", gateway, amount, "succeeded", at="2026-10-09T10:00:03Z")
            for at, (gateway, amount) in enumerate(parts)
            if amount
        ),
        reason="Too small",
    )


class Organisation:
    """What the organisation takes, and what it holds."""

    def __init__(self, twin: XeroTwin) -> None:
        self.twin = twin

    def document(self, number: int) -> Order:
        return sold(number, tax_included=number % 2 == 0)

    def unmapped(self) -> Order:
        order = self.document(1)
        line = msgspec.structs.replace(order.lines[0], tax_rate="0.175", tax_minor=0)
        return msgspec.structs.replace(order, lines=(line,))

    def held(self, reference: str) -> int:
        kinds = (*KINDS["order"], PAYMENTS)
        return sum(len(self.twin.books.found(kind, reference)) for kind in kinds)


class Creditor:
    """What the organisation takes back, and what it holds of that: notes and payments."""

    def __init__(self, twin: XeroTwin) -> None:
        self.twin = twin

    def document(self, number: int) -> Refund:
        return refunded(number, tax_included=number % 2 == 0)

    def unmapped(self) -> Refund:
        (part, *_) = self.document(1).repayments
        part = msgspec.structs.replace(part, gateway="paypal")
        return msgspec.structs.replace(self.document(1), repayments=(part,))

    def held(self, reference: str) -> int:
        return sum(len(self.twin.books.found(kind, reference)) for kind in KINDS["refund"])


@contextmanager
def stage(clock: StoppedClock, site: Site = SITE) -> Generator[Stage]:
    """An organisation whose limits are the vendor's."""
    twin = XeroTwin(Memory(), clock, random.Random(1), Weather(), site)
    yield Stage(
        url="https://api.xero.com",
        wire=AsgiWire(twin.app),
        secrets=SECRETS,
        settings=SETTINGS,
        maps=MAPS,
        receivers={
            "order": Organisation(twin),
            "refund": Creditor(twin),
            "settlement": Payouts(twin),
            "customer": Accounts(twin),
        },
    )
    twin.close()


@contextmanager
def paid_stage(clock: StoppedClock) -> Generator[Stage]:
    """The same, where what was paid is booked: an invoice is of several steps then."""
    with stage(clock) as made:
        made.settings = {**made.settings, "book_payments": True}
        yield made
