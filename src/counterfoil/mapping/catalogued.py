"""A product, a variant or a kit as the office's row tells it that keeps the catalogue.

A code may be renamed and a number is not, so that the number is the key. Times are local, and of an
hour that comes twice a thing was made in the first one, whenever it is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Final, Literal

import msgspec

from counterfoil.mapping.convert import identity, money, same, text, trimmed, whole
from counterfoil.mapping.interpret import guarded
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.shape import at, table
from counterfoil.model.product import Barcode, Component, Price, Product
from counterfoil.values.clock import Instant, from_wall_clock, instant
from counterfoil.values.quantity import grams

_EARLIEST: Final = instant("1990-01-01T00:00:00Z")


def _written(value: object, currency: str) -> str:
    """A number or a text, as text."""
    return "" if value in (None, "") else identity(value, currency)


def _set(value: object, currency: str) -> bool:
    """A bit, however a site writes it."""
    return value in (True, 1)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """So many pieces of another product, of which a kit is made."""

    sku: Annotated[str, at("componentSku", trimmed)]
    quantity: Annotated[int, at("quantity", whole)]


class Catalogued(msgspec.Struct, frozen=True, kw_only=True):
    """The row, with those of its parts."""

    key: Annotated[str, at("docKey")]
    parent: Annotated[str, at("parentKey", trimmed)] = ""
    sku: Annotated[str, at("code", trimmed)]
    title: Annotated[str, at("name", trimmed)] = ""
    description: Annotated[str, at("description", trimmed)] = ""
    barcode: Annotated[str, at("barcode", trimmed)] = ""
    price: Annotated[int | None, at("price", money)] = None
    weight: Annotated[object, at("weight", same)] = None
    hs_code: Annotated[str, at("commodityCode", trimmed)] = ""
    origin: Annotated[str, at("originCountry", trimmed)] = ""
    tax_class: Annotated[str, at("taxClass", _written)] = ""
    ended: Annotated[bool, at("discontinued", _set)]
    merged_into: Annotated[str, at("mergedInto", trimmed)] = ""
    created: Annotated[str, at("createdAt")]
    updated: Annotated[str, at("amendedAt")]
    parts: Annotated[tuple[Part, ...], "parts"] = ()


_ROWS: Final = Mapper(table("catalogued.product", Catalogued))


class Catalogue(msgspec.Struct, frozen=True):
    """How one office keeps products: by the `zone` of its clock, with the price of one list, tax
    included, in one currency, and weights in a unit."""

    zone: str
    price_list: str
    currency: str
    weight_unit: Literal["g", "kg"]

    def made(self, row: Mapping[str, object], local: Callable[[object, str], str]) -> Product:
        """The product of a row; `local` makes ISO 8601 of when it was changed. Raises `Hold` for
        what cannot be read."""
        return guarded(partial(self._made, _ROWS.run(row, self.currency), local))

    def moment(self, value: object, currency: str, by: Instant = _EARLIEST) -> str:
        """ISO 8601 in UTC of a local time; see `values.clock.from_wall_clock`."""
        return from_wall_clock(text(value, ""), self.zone, by).format_iso()

    def _made(self, told: Catalogued, local: Callable[[object, str], str]) -> Product:
        price = Price(self.price_list, self.currency, told.price or 0, True)
        status = "merged" if told.merged_into else "archived" if told.ended else "active"
        return Product(
            key=told.key,
            sku=told.sku,
            title=told.title,
            description=told.description,
            created=self.moment(told.created, ""),
            updated=local(told.updated, ""),
            status=status,
            parent=not told.parent,
            group=told.parent,
            barcodes=(Barcode(told.barcode),) if told.barcode else (),
            kit="kit" if told.parts else "",
            components=tuple(Component(part.sku, part.quantity) for part in told.parts),
            prices=() if told.price is None else (price,),
            tax_class=told.tax_class,
            weight_g=None if told.weight is None else grams(told.weight, self.weight_unit),
            hs_code=told.hs_code,
            origin=told.origin,
            merged_into=told.merged_into,
        )
