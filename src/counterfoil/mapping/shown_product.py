"""A product as a shop shows it that has variants: one price, one barcode, one option of each.

A route writes the fields that are its own and no other; where no master is named for any of them,
what says something is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from counterfoil.mapping.losses import Loss
from counterfoil.mapping.masked import may
from counterfoil.model.product import Price, Product
from counterfoil.values.errors import Hold

PRODUCT: Final = frozenset({"title", "description", "status"})
"""What such a shop shows of a product itself."""
VARIANT: Final = frozenset(
    {
        "group", "sku", "barcodes", "prices", "weight_g", "hs_code", "origin", "tracked", "options",
    }
)  # fmt: skip
"""What it shows of a variant."""
_PLAIN: Final = Product("", "", "", "", "")


class Pricing(msgspec.Struct, frozen=True):
    """Which prices one shop shows, in the words of its connection's settings."""

    price_list: str
    price_currency: str
    prices_include_tax: bool

    def price_of(self, product: Product) -> Price | None:
        """The price that the shop shows; a product itself has none. Raises `Hold` where it is
        another currency's, or is not with tax as the shop's are."""
        prices = [price for price in product.prices if price.list == self.price_list]
        if not prices or product.parent:
            return None
        price = prices[0]
        if price.currency != self.price_currency:
            raise Hold(
                f"{product.sku} is priced in {price.currency}, the shop in {self.price_currency}.",
                do="Correct price_list or price_currency of the connection, or the price.",
                code="other-currency",
            )
        if price.tax_included != self.prices_include_tax:
            basis = ("without", "with")[price.tax_included]
            raise Hold(
                f"The price of {product.sku} is {basis} tax, and the shop's prices are not.",
                do="Correct prices_include_tax of the connection, or name another price_list.",
                code="price-basis",
            )
        return price


class Shown(msgspec.Struct, frozen=True):
    """What a field table reads: a product, its price, and the fields that its route may write."""

    product: Product
    price: Price | None
    mask: frozenset[str] | None

    @property
    def barcode(self) -> str:
        """The first barcode of a single piece."""
        codes = (code.value for code in self.product.barcodes if code.unit == "each")
        return next(codes, "")

    @property
    def option(self) -> str:
        """What sets a variant apart, in one text; its title where nothing else does."""
        values = [value for _, value in self.product.options if value]
        return " / ".join(values) or self.product.title.strip() or self.product.sku

    def may(self, field: str, said: object) -> bool:
        """Whether a field is written (`mapping/masked.py`)."""
        return may(self.mask, field, said)

    def losses(self, no_member: Mapping[str, str]) -> Iterator[Loss]:
        """What the shop has no place for, of what is the route's own; `no_member` says why."""
        product, shown = self.product, PRODUCT if self.product.parent else VARIANT
        leftovers = {
            "barcodes": tuple(code for code in product.barcodes if code.value != self.barcode),
            "prices": tuple(price for price in product.prices if price is not self.price),
            "options": tuple(name for name, _ in product.options)
            if len(product.options) > 1
            else (),
        }
        for field, why in no_member.items():
            value = leftovers.get(field, ()) if field in shown else getattr(product, field)
            silent = field in shown and field not in leftovers
            if not silent and value not in ((), getattr(_PLAIN, field)) and self.may(field, value):
                yield Loss(field, "no-member", why, msgspec.json.encode(value).decode())
