"""An order with something in every field of the model: what a target does with all of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from counterfoil.model.address import Address
from counterfoil.model.line import Charge, Line, Payment, Tax
from counterfoil.model.order import Company, Order, Presentment, Terms

SITE: Mapping[str, Any] = {
    "payment_map": "payments",
    "company_map": "companies",
    "variant_map": "variants",
    "extras_variant": "EXTRA",
    "marketplace_tax": "less-tax",
    "tax_map": {"0.2": 1, "0": 2, "0.12": 3},
    "currency_field": "orderHeader.currencyId",
    "currencies": {"GBP": 1, "JPY": 7},
}
"""The settings of an OrderWise that has a place for whatever may have one."""
TAXES = (Tax("GST", 100, "0.05"), Tax("PST", 140, "0.07"))
PLACE = Address(
    *("Ada Byron", "Engines Ltd", "12 St James Square", "Flat 2", "London", "Middlesex"),
    *("SW1Y 4LB", "GB", "07700900123", "MDX"),
)
LINE = Line(
    key="1",
    sku="TEE-RED-M",
    title="Tee",
    quantity=2,
    unit_minor=1200,
    discount_minor=160,
    tax_minor=240,
    tax_rate="0.12",
    kind="product",
    variant="4001",
    taxes=TAXES,
    properties=(("Engraving", "Ada"),),
    service="third-party",
    sent=2,
    ships=False,
    exempt=True,
)


def full() -> Order:
    """An order with something in every field of the model."""
    charge = Charge("DPD", 2240, 240, "0.12", "dpd", TAXES)
    return Order(
        key="5778316361911",
        number="#1042",
        placed="2026-10-05T09:12:33Z",
        created="2026-10-05T09:12:34Z",
        updated="2026-10-05T09:12:35Z",
        currency="GBP",
        tax_included=True,
        lines=(LINE,),
        total_minor=2240 * 3,
        tax_minor=720,
        shipping=(charge,),
        extras=(replace(charge, title="Duty", code="duty"),),
        payments=(
            Payment("card", 5000, "manual", "received", "ch_1"),
            Payment("gift_card", 1720, "gift-card", "received", "gc_1"),
        ),
        email="ada@example.com",
        deliver_to=PLACE,
        invoice_to=replace(PLACE, name="Charles"),
        note="By the gate",
        cancelled=True,
        test=True,
        release="wait",
        paid="paid",
        channel="web",
        location="Lincoln",
        phone="0123",
        customer="9001",
        locale="en-GB",
        company=Company("77", "north"),
        po_number="PO-77",
        terms=Terms("Net 30", "net", 30),
        tags=("wholesale",),
        attributes=(("Gift message", "Happy birthday"),),
        discount_codes=("SUMMER",),
        presentment=Presentment("EUR", 7800),
    )


class Full:
    """A vendor's side of the full order, of which only the composing is tried; `ships`: its line is
    sent."""

    def __init__(self, *, ships: bool = False) -> None:
        self._order = replace(full(), lines=(replace(LINE, ships=ships),))

    def document(self, number: int) -> Order:
        return self._order

    def unmapped(self) -> None: ...

    def held(self, reference: str) -> int:
        return 0
