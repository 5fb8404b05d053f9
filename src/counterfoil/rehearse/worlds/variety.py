"""What real sales have and the measured days do not show: tills, tests, companies, engravings,
tips, gift wrap, exempt lines, money that has not come yet.

Each kind makes another sale of one; how many of a world's sales are of each kind its recipe says.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Final

from msgspec.structs import replace

from counterfoil.model.address import Address
from counterfoil.rehearse.cast.estate import TILL_GATEWAY
from counterfoil.rehearse.traffic.shop import TAX_RATE, tax_inside
from counterfoil.twins.world import (
    Buyer,
    Company,
    Exchange,
    Place,
    Sale,
    SaleDiscount,
    SaleLine,
    SaleTax,
    Tender,
    Terms,
)

Variety = Callable[[Sale], Sale]

_TILL = Place(555, "Leeds")


def varied(sale: Sale, rates: Mapping[str, float], chance: random.Random) -> tuple[Sale, list[str]]:
    """The sale with what the draw gives it, and the names of the kinds that it became."""
    became = [name for name in VARIETIES if chance.random() < rates.get(name, 0.0)]
    for name in became:
        sale = VARIETIES[name](sale)
    return sale, became


def _first(sale: Sale, **changes: object) -> Sale:
    """The sale with another first line."""
    return replace(sale, lines=(replace(sale.lines[0], **changes), *sale.lines[1:]))


def _more(sale: Sale, line: SaleLine) -> Sale:
    return replace(sale, lines=(*sale.lines, line))


def _at_a_till(sale: Sale) -> Sale:
    return replace(
        sale,
        channel="pos",
        app="Point of Sale",
        retail_location=_TILL,
        handed_over=True,
        shipping=(),
        deliver_to=Address(),
        gateway=TILL_GATEWAY,
    )


def _by_a_company(sale: Sale) -> Sale:
    return replace(
        sale,
        company=Company(77, 78, "Analytical Ltd", "Works"),
        buyer=Buyer(9, "Ada", "Byron", "buyer@example.com", tags=("trade", "net30")),
        po_number=f"PO-{sale.number}",
        terms=Terms("Net 30", "net", 30),
        tags=("trade", "web"),
    )


def _engraved(sale: Sale) -> Sale:
    attributes = (("Gift message", "Happy birthday"), ("Gift wrap", "yes"))
    return _first(replace(sale, attributes=attributes), properties=(("Engraving", "For Ada"),))


def _exempt(sale: Sale) -> Sale:
    """Exempt lines keep the rate and say 0.00 (recorded of a live shop in the UK)."""
    line = sale.lines[0]
    taxes = (SaleTax("GB VAT", TAX_RATE, 0),)
    return _first(sale, taxable=False, tax_minor=0, taxes=taxes, unit_minor=line.unit_minor)


def _one_of_two_taxes(sale: Sale) -> Sale:
    line = sale.lines[0]
    return _first(
        sale, taxes=(SaleTax("VAT", TAX_RATE, line.tax_minor), SaleTax("City", "0.025", 0))
    )


def _by_two_tenders(sale: Sale) -> Sale:
    card = sale.total_minor // 3
    tenders = (Tender(sale.gateway, sale.total_minor - card), Tender("gift_card", card))
    return replace(sale, tenders=tenders if card else ())


def _in_another_currency(sale: Sale) -> Sale:
    return replace(sale, exchange=Exchange("EUR", 117, 100, paid_times=118))


def _for_somebody_else(sale: Sale) -> Sale:
    address = replace(sale.deliver_to, name="Accounts Payable", line1="9 Ledger Lane")
    return replace(sale, invoice_to=address)


def _in_a_county(sale: Sale) -> Sale:
    address = replace(sale.deliver_to, region="Dublin", country="IE", company="Byron and Daughters")
    return replace(sale, deliver_to=address, region_code="D")


def _long_addressed(sale: Sale) -> Sale:
    address = sale.deliver_to
    long = f"{address.line1}, behind the old assembly rooms"
    further = "Third floor on the left, ring the bell twice"
    return replace(sale, deliver_to=replace(address, line1=long, line2=further))


VARIETIES: Final[Mapping[str, Variety]] = {
    "test": lambda sale: replace(sale, test=True),
    "authorised": lambda sale: replace(sale, payment="authorised"),
    "pending": lambda sale: replace(sale, payment="pending", gateway="bank_deposit"),
    "company": _by_a_company,
    "engraved": _engraved,
    "wrapped": lambda sale: _more(
        sale, SaleLine("", "Gift wrap", 1, 300, tax_inside(300), kind="custom", ships=False)
    ),
    "tipped": lambda sale: _more(sale, SaleLine("", "Tip", 1, 450, 0, kind="tip")),
    "gift_card": lambda sale: _more(
        sale, SaleLine("GIFT-10", "Gift card", 1, 1000, 0, kind="gift-card", taxable=False)
    ),
    "exempt": _exempt,
    "one_of_two_taxes": _one_of_two_taxes,
    "elsewhere": lambda sale: _more(
        sale, SaleLine("PRINT-1", "Printed shirt", 1, 1500, tax_inside(1500), service="printful")
    ),
    "without_sku": lambda sale: _first(sale, sku=""),
    "variant": lambda sale: _first(sale, variant="Blue / M", vendor="Ours", grams=180),
    "code": lambda sale: replace(
        sale, discounts=(SaleDiscount("discount_code", "TENOFF", "10.0"),)
    ),
    "phoned": lambda sale: replace(sale, phone="+447700900123"),
    "invoiced_elsewhere": _for_somebody_else,
    "in_a_county": _in_a_county,
    "long_addressed": _long_addressed,
    "other_currency": _in_another_currency,
    "old": lambda sale: replace(sale, placed=""),
    "till": _at_a_till,
    "tendered": _by_two_tenders,
}
"""What a sale can become. Those that change what it comes to stand before those that read it."""
