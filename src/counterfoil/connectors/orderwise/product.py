"""Products out of OrderWise: products, variants and kits, by export definitions that we ship.

A document's key is the number that OrderWise has for it, and its code the SKU: a code is renamed, a
number is not. Times are the server's own, without an offset.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Annotated, Any, Final

import msgspec

from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.fields import BETWEEN
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.kit.api.queried import BEGINNING, place_after
from counterfoil.kit.api.readback import columns, runs
from counterfoil.kit.api.reading import DocumentReader, Head, reading_of
from counterfoil.kit.connector import CensusPage, Listed, Listing, Reading
from counterfoil.kit.formats import strict_json
from counterfoil.kit.mark import moment, newest
from counterfoil.mapping.convert import identity, money, same, text, trimmed, whole
from counterfoil.mapping.field import Field
from counterfoil.mapping.interpret import guarded
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.shape import at, table
from counterfoil.model.product import Barcode, Component, Price, Product
from counterfoil.values.clock import Instant, from_wall_clock, instant, local_since, wall_span
from counterfoil.values.errors import Misconfigured, Refuse
from counterfoil.values.quantity import grams

_columns = partial(columns, __package__ or "", kind="export definition")
CF_PRODUCTS: Final = _columns("definitions/CF_PRODUCTS.sql")
CF_PRODUCTS_CREATED: Final = _columns("definitions/CF_PRODUCTS_CREATED.sql")
CF_KITS: Final = _columns("definitions/CF_KITS.sql")
_NAMELESS: Final = "The row does not say which product it is."
_EARLIEST: Final = instant("1990-01-01T00:00:00Z")
"""Of an hour that comes twice a document was made in the first one, whenever it is read."""

Row = dict[str, Any]


def _written(value: object, currency: str) -> str:
    """A number or a text, as text."""
    return "" if value in (None, "") else identity(value, currency)


def _set(value: object, currency: str) -> bool:
    """A bit, however a site writes it."""
    return value in (True, 1)


class _Part(msgspec.Struct, frozen=True, kw_only=True):
    sku: Annotated[str, at("componentSku", trimmed)]
    quantity: Annotated[int, at("quantity", whole)]


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    """A row of CF_PRODUCTS, with the rows that CF_KITS has of it."""

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
    parts: Annotated[tuple[_Part, ...], "parts"] = ()


_TOLD: Final = Mapper(table("CF_PRODUCTS", _Told))


class ProductSource:
    """Products of one connection, as `kit.connector.Source`; nothing is pushed."""

    def __init__(self, profile: Profile, client: Client, *, where: str) -> None:
        self._profile = profile
        self._client = client
        self._where = where

    def parse(self, body: bytes, at: Instant) -> Reading[Product]:
        """OrderWise pushes nothing that this connector hears."""
        raise Refuse("OrderWise sends no messages about products.", code="no-messages")

    def reread(self, source: bytes, at: Instant) -> Reading[Product]:
        """Read a row that was kept, with the parts of a kit."""
        row = strict_json.parse(source, what="What was kept")
        return self._reader(at).read(row, at, source)

    read_any = reread

    async def read(self, keys: Sequence[str]) -> Sequence[Reading[Product]]:
        """The products and variants with these keys."""
        if not keys:
            return ()
        rows = await self._products(keys=BETWEEN.join(keys), most=str(len(keys)))
        return await self._readings(rows)

    async def since(self, mark: str | None, cursor: str | None) -> Listing[Product]:
        """One page of what was amended at or after the moment `mark`, the oldest change first."""
        zone, size = self._profile.clock, self._profile.products_per_page
        reached = moment(mark)
        start = BEGINNING if reached is None else local_since(reached, zone)
        since, _, place = (cursor or f"{start}/-1").partition("/")
        rows = await self._products(since=since, after=place, most=str(size))
        readings = await self._readings(rows)
        return Listing(tuple(readings), place_after(rows, "amendedAt", size), newest(readings))

    async def census(self, start: Instant, end: Instant, cursor: str | None) -> CensusPage:
        """One page of what was made in [start, end), by the number of each."""
        since, until = wall_span(start, end, self._profile.clock)
        size = self._profile.products_per_page
        first, _, place = (cursor or f"{since}/-1").partition("/")
        span = {"@from": first, "@to": until, "@after": place, "@most": str(size)}
        rows = await self._run(self._profile.products_created_definition, span)
        CF_PRODUCTS_CREATED.check(rows, self._where)
        page = tuple(row for row in map(self._listed, rows) if start <= row.created < end)
        return CensusPage(page, place_after(rows, "createdAt", size))

    # --- inside ---

    async def _products(
        self, *, keys: str = "", since: str = "", after: str = "0", most: str
    ) -> list[Row]:
        parameters = {"@keys": keys, "@since": since, "@after": after, "@most": most}
        rows = await self._run(self._profile.products_definition, parameters)
        CF_PRODUCTS.check(rows, self._where)
        return rows

    async def _run(self, definition: int, parameters: dict[str, str]) -> list[Row]:
        if not definition:
            raise Misconfigured(
                "No export definition for products, their making or kits is named.",
                do="Paste the three files CF_PRODUCTS, CF_PRODUCTS_CREATED and CF_KITS, and set"
                " products_definition, products_created_definition and kits_definition.",
                where=self._where,
            )
        return [dict(row) for row in await self._client.run(definition, parameters)]

    async def _readings(self, rows: Sequence[Row]) -> list[Reading[Product]]:
        kits = [str(row["docKey"]) for row in rows if row["isKit"]]
        parts = await self._parts(kits)
        now = self._client.clock.now()
        reader = self._reader(now)
        products = [
            {**row, "parts": parts.get(str(row["docKey"]), [])} if row["isKit"] else row
            for row in rows
        ]
        return [reader.read(row, now, strict_json.encode(row)) for row in products]

    async def _parts(self, kits: Iterable[str]) -> dict[str, list[Row]]:
        parts: dict[str, list[Row]] = {}
        for run in runs(kits, self._profile.reference_text_most, BETWEEN):
            rows = await self._run(self._profile.kits_definition, {"@keys": BETWEEN.join(run)})
            CF_KITS.check(rows, self._where)
            for row in rows:
                parts.setdefault(str(row["kitKey"]), []).append(row)
        return parts

    def _reader(self, at: Instant) -> DocumentReader[Product, Product]:
        local = partial(_moment, zone=self._profile.clock, by=at)
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
        return DocumentReader(head, partial(self._product, local=local), _whole, nameless=_NAMELESS)

    def _product(self, row: Row, local: Any) -> Product:
        columns = _TOLD.run(row, self._profile.price_currency)
        return guarded(partial(self._made, columns, local))

    def _made(self, told: _Told, local: Any) -> Product:
        profile, parent = self._profile, not told.parent
        price = Price(profile.price_list, profile.price_currency, told.price or 0, True)
        status = "merged" if told.merged_into else "archived" if told.ended else "active"
        return Product(
            key=told.key,
            sku=told.sku,
            title=told.title,
            description=told.description,
            created=_moment(told.created, "", profile.clock, _EARLIEST),
            updated=local(told.updated, ""),
            status=status,
            parent=parent,
            group=told.parent,
            barcodes=(Barcode(told.barcode),) if told.barcode else (),
            kit="kit" if told.parts else "",
            components=tuple(Component(part.sku, part.quantity) for part in told.parts),
            prices=() if told.price is None else (price,),
            tax_class=told.tax_class,
            weight_g=None if told.weight is None else grams(told.weight, profile.weight_unit),
            hs_code=told.hs_code,
            origin=told.origin,
            merged_into=told.merged_into,
        )

    def _listed(self, row: Row) -> Listed:
        zone, now = self._profile.clock, self._client.clock.now()
        return Listed(
            key=str(row["docKey"]),
            number=text(row["code"], "").strip(),
            version=instant(_moment(row["amendedAt"], "", zone, now)),
            created=instant(_moment(row["createdAt"], "", zone, _EARLIEST)),
        )


def _whole(product: Product, row: Row, source: bytes) -> Reading[Product]:
    return reading_of(product, source)


def _moment(value: object, currency: str, zone: str, by: Instant) -> str:
    """ISO 8601 in UTC of a local time; see `values.clock.from_wall_clock`."""
    return from_wall_clock(text(value, ""), zone, by).format_iso()
