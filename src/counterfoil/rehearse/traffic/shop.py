"""The British gift shop behind all traffic: its currency, its VAT and its words for postage."""

from __future__ import annotations

from counterfoil.twins.world import SaleShipping
from counterfoil.values.money import rounded

CURRENCY = "GBP"
TAX_RATE = "0.2"

FREE_DOMESTIC = "Royal Mail Tracked 48"
FREE_ABROAD = "International Standard"
POSTAGE = "Postage"
WEB_POSTAGE = "Web shop postage"
CARRIAGE = "Carriage"
NEXT_DAY = "Next day carriage"

SHIPPING_TITLES = (FREE_DOMESTIC, FREE_ABROAD, POSTAGE, WEB_POSTAGE, CARRIAGE, NEXT_DAY)
"""Every shipping method that any sale can name: the words that a target's value map needs."""


def tax_inside(gross_minor: int) -> int:
    """The VAT inside a price that contains 20 %: a sixth of it, rounded half up to the penny."""
    return rounded(gross_minor * 20, 120)


def postage(title: str, amount_minor: int) -> SaleShipping:
    """Postage of `amount_minor` pence, VAT included."""
    return SaleShipping(title, amount_minor, tax_inside(amount_minor))


def free_postage(country: str) -> SaleShipping:
    """Postage that costs nothing, by the ISO 3166 alpha-2 code of where the parcel goes."""
    return postage(FREE_DOMESTIC if country == "GB" else FREE_ABROAD, 0)
