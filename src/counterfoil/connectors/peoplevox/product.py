"""Products into Peoplevox: what is sold is an item type, and what variants are of an item group.

An item is known by its code and cannot be renamed. What the source says nothing of is not sent, so
that what the warehouse has weighed or written itself stays.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

import msgspec

from counterfoil.connectors.peoplevox.fields import TABLES
from counterfoil.connectors.peoplevox.profile import TITLE, Profile
from counterfoil.connectors.peoplevox.site import Site
from counterfoil.kit.api.parts import Parts
from counterfoil.kit.api.readback import text
from counterfoil.kit.api.row_target import Kept, RowTarget
from counterfoil.kit.api.sheet import FORMS, Form, Sheet
from counterfoil.kit.connector import ALONE, Inputs, Intent
from counterfoil.kit.connector import Field as Compared
from counterfoil.mapping.convert import needed, searchable, trimmed
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.untold import reasons
from counterfoil.model.document import Ref
from counterfoil.model.product import Product
from counterfoil.values.errors import Hold
from counterfoil.values.quantity import grams

GROUP: Final = "group:"
"""Stands before the name of an item group in its reference: an item may have the same name."""
_WHY: Final = reasons(__package__ or "", "product")


class _Item(msgspec.Struct, frozen=True):
    """What the sheets read: of a weight None is none, and the unit of it then too."""

    product: Product
    group: str
    barcode: str
    unit: str


def _kilograms(value: object, currency: str) -> str:
    return f"{Decimal(value).scaleb(-3).normalize():f}" if isinstance(value, int) else ""


def _grams(value: object, currency: str = "") -> Compared:
    try:
        return grams(text(value), "kg")
    except Hold:
        return text(value)


_FORMS: Final = {
    **FORMS,
    "key": Form("code", searchable(TITLE, '"')),
    "needed": Form("text", needed("name", TITLE)),
    "barcode": Form("code", needed("barcode", TITLE)),
    "trimmed": Form("text", trimmed),
    "weight": Form("pieces", _kilograms, _grams),
}


class ProductTarget(RowTarget):
    """Products of one connection, as `kit.connector.Informed`."""

    def __init__(self, profile: Profile, site: Site, *, where: str) -> None:
        items, groups = (
            Sheet(f"peoplevox.{name}", TABLES[name], _FORMS) for name in ("items", "groups")
        )
        kept = (
            Kept("Item types", "ItemCode", items),
            Kept("Item type groups", "Name", groups, GROUP),
        )
        parts = Parts(TITLE, "peoplevox-refused", where)
        super().__init__(site, kept, parts, "0", profile.currency)
        self._from_code = profile.item_barcode == "code"

    def compose(self, document: Product, inputs: Inputs = ALONE) -> Intent:
        """The row of one product (pure). Raises `Hold` where it has no place."""
        product = msgspec.structs.replace(document, sku=document.sku.strip())
        group = inputs.name(Ref("product", product.group)) if product.group else ""
        codes = [barcode.value for barcode in product.barcodes if barcode.unit == "each"]
        barcode = codes[0] if codes else product.sku if self._from_code else ""
        unit = "" if product.weight_g is None else "Kg"
        item = _Item(product, group.removeprefix(GROUP), barcode, unit)
        return self.row(int(product.parent), item, [*_losses(product, barcode)])


def _losses(product: Product, barcode: str) -> Iterator[Loss]:
    """What of it no column is told, by the reasons in untold_product.toml."""
    codes = [code.value for code in product.barcodes if product.parent or code.value != barcode]
    weight = str(product.weight_g) if product.parent and product.weight_g is not None else ""
    said = {
        "title": product.title if product.parent else "",
        "weight_g": weight,
        "barcodes": ", ".join(codes),
        "components": ", ".join(f"{part.quantity} x {part.sku}" for part in product.components),
        "units": ", ".join(f"{unit.name}: {unit.pieces}/{unit.of}" for unit in product.units),
        "hs_code": product.hs_code,
        "origin": product.origin,
        "attributes": ", ".join(f"{name}: {value}" for name, value in product.attributes),
    }
    for field, value in said.items():
        if value:
            yield Loss(field, "no-member", _WHY[field], value)
