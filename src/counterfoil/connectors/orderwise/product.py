"""Products out of OrderWise: products, variants and kits, by export definitions that we ship.

A document's key is the number that OrderWise has for it, and its code the SKU: a code is renamed, a
number is not. Times are the server's own, without an offset.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.fields import columns_of
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.kit.api.queried import Ask, Site
from counterfoil.kit.api.readback import runs
from counterfoil.kit.api.reading import DocumentReader, Head, reading_of
from counterfoil.kit.api.row_source import Births, Changes, RowSource
from counterfoil.kit.connector import Listed, Reading
from counterfoil.mapping.catalogued import Catalogue
from counterfoil.mapping.convert import identity, text
from counterfoil.mapping.field import Field
from counterfoil.model.product import Product
from counterfoil.values.clock import Instant, instant

CF_PRODUCTS: Final = columns_of("definitions/CF_PRODUCTS.sql")
CF_PRODUCTS_CREATED: Final = columns_of("definitions/CF_PRODUCTS_CREATED.sql")
CF_KITS: Final = columns_of("definitions/CF_KITS.sql")
_NAMELESS: Final = "The row does not say which product it is."

Row = Mapping[str, Any]


class ProductSource(RowSource[Product]):
    """Products of one connection; `kits` asks for the parts of kits."""

    def __init__(
        self, catalogue: Catalogue, changes: Changes, births: Births, kits: Ask, site: Site
    ) -> None:
        super().__init__(changes, births, site)
        self._catalogue = catalogue
        self._kits = kits

    def reading(self, value: object, at: Instant, source: bytes) -> Reading[Product]:
        """The product of a row, with the parts of a kit."""
        local = partial(self._catalogue.moment, by=at)
        head = Head(
            key=Field("key", "docKey", identity),
            number="code",
            version="amendedAt",
            created="createdAt",
            currency="currency",
            total=lambda row, currency: None,
            cancelled=lambda row: row.get("discontinued") is True,
            moment=local,
        )
        make = partial(self._catalogue.made, local=local)
        return DocumentReader(head, make, _whole, nameless=_NAMELESS).read(value, at, source)

    async def whole(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows, those of kits with their parts."""
        parts: dict[str, list[Row]] = {}
        kits = [str(row["docKey"]) for row in rows if row["isKit"]]
        for run in runs(kits, self._site.text_most, self._site.between):
            for row in await self._kits({"@keys": self._site.between.join(run)}):
                parts.setdefault(str(row["kitKey"]), []).append(row)
        return [
            {**row, "parts": parts.get(str(row["docKey"]), [])} if row["isKit"] else row
            for row in rows
        ]

    def listed(self, row: Row, at: Instant) -> Listed:
        """A row of what was made, which says no more than which it is, and when."""
        moment = self._catalogue.moment
        return Listed(
            key=str(row["docKey"]),
            number=text(row["code"], "").strip(),
            version=instant(moment(row["amendedAt"], "", at)),
            created=instant(moment(row["createdAt"], "")),
        )


def _whole(product: Product, row: Row, source: bytes) -> Reading[Product]:
    return reading_of(product, source)


def source(profile: Profile, client: Client, site: Site) -> ProductSource:
    """The products of one connection, which are counted by when they were made."""
    catalogue = Catalogue(
        profile.clock, profile.price_list, profile.price_currency, profile.weight_unit
    )
    changes = Changes(client.query(CF_PRODUCTS, "products_definition"), "@keys", "amendedAt")
    births = Births(client.query(CF_PRODUCTS_CREATED, "products_created_definition"), "createdAt")
    return ProductSource(catalogue, changes, births, client.query(CF_KITS, "kits_definition"), site)
