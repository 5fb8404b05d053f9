"""Product: a thing that can be sold, by its SKU, as the system that masters it states it."""

from __future__ import annotations

from typing import Literal

import msgspec

from counterfoil.model.document import Measure, Ref
from counterfoil.values.clock import Instant, instant
from counterfoil.values.errors import Hold

ProductStatus = Literal["active", "draft", "archived", "merged"]
BarcodeKind = Literal["gtin", "ean", "upc", "isbn", "internal"]


class Barcode(msgspec.Struct, frozen=True, omit_defaults=True):
    """One barcode, and the unit that carries it."""

    value: str
    kind: BarcodeKind = "gtin"
    unit: str = "each"


class Unit(msgspec.Struct, frozen=True, omit_defaults=True):
    """A unit that it is bought, counted or sold in: `pieces` / `of` single ones."""

    name: str
    pieces: int
    of: int = 1


class Component(msgspec.Struct, frozen=True):
    """`quantity` of another SKU that this one is made of."""

    sku: str
    quantity: int


class Price(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one piece costs on a price list: minor units of `currency` (ISO 4217)."""

    list: str
    currency: str
    amount_minor: int
    tax_included: bool = False


class Product(msgspec.Struct, frozen=True, omit_defaults=True):
    """One variant as its source states it now, or (`parent`) what variants are variants of: that
    has a title and a standing, and is not sold itself.

    `group` is the key of the product that it is a variant of, `options` what sets it apart there
    (name, value). A component is named by its SKU. `kit` says how it stands to its components: ""
    (it has none), "kit" (picked as its parts), "assembly" (made in advance, counted itself).
    `merged_into` is the SKU that lives on. Weight in grams. Times are ISO 8601 in UTC.
    """

    key: str
    sku: str
    title: str
    created: str
    updated: str
    status: ProductStatus = "active"
    parent: bool = False
    group: str = ""
    options: tuple[tuple[str, str], ...] = ()
    description: str = ""
    barcodes: tuple[Barcode, ...] = ()
    units: tuple[Unit, ...] = ()
    kit: Literal["", "kit", "assembly"] = ""
    components: tuple[Component, ...] = ()
    prices: tuple[Price, ...] = ()
    tax_class: str = ""
    weight_g: int | None = None
    hs_code: str = ""
    origin: str = ""
    tracked: bool = True
    old_skus: tuple[str, ...] = ()
    merged_into: str = ""
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def number(self) -> str:
        """What people read."""
        return self.sku

    @property
    def version(self) -> Instant:
        """The moment of the source's last change."""
        return instant(self.updated)

    @property
    def born(self) -> Instant:
        """When it was created at its source."""
        return instant(self.created)

    @property
    def measure(self) -> Measure:
        """It is counted, and carries neither money nor pieces."""
        return Measure()

    @property
    def gone(self) -> bool:
        """Whether it is sold no more, under this SKU."""
        return self.status in ("archived", "merged")

    @property
    def refs(self) -> tuple[Ref, ...]:
        """Its parent, then what it is made of: each must be there before it."""
        parent = (Ref("product", self.group),) if self.group else ()
        return (*parent, *(Ref("product", component.sku) for component in self.components))

    @property
    def turn(self) -> Ref | None:
        """Variants of one parent are told one after the other."""
        return Ref("product", self.group) if self.group else None


def check(product: Product) -> None:
    """Raise `Hold` where it has no SKU, is made of itself or of nothing, or lives on as itself.

    Codes: "no-sku", "bad-component", "bad-unit", "merged-nowhere".
    """
    if not product.sku.strip():
        raise Hold(f"Product {product.key} has no SKU.", do=_DO, code="no-sku")
    for component in product.components:
        if component.quantity < 1 or component.sku == product.sku:
            sentence = f"{product.sku} is made of {component.quantity} x {component.sku}."
            raise Hold(sentence, do=_DO, code="bad-component")
    for unit in product.units:
        if unit.pieces < 1 or unit.of < 1:
            sentence = f"A {unit.name} of {product.sku} holds {unit.pieces} / {unit.of} pieces."
            raise Hold(sentence, do=_DO, code="bad-unit")
    if (product.status == "merged") != bool(product.merged_into) or (
        product.merged_into == product.sku
    ):
        sentence = f"{product.sku} is {product.status} and lives on as {product.merged_into!r}."
        raise Hold(sentence, do=_DO, code="merged-nowhere")


_DO = "Correct the product at the system that masters it: it arrives again by itself."
