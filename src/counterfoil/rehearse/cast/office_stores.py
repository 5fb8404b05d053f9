"""The stores of the office, and what it says there is to sell: what people do there."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from counterfoil.rehearse.cast.goods import Article, Level
from counterfoil.twins.kit.book import Entry
from counterfoil.twins.orderwise.twin import OrderWiseTwin
from counterfoil.values.money import plain

PLACE: Final = 3
"""The location that what is ordered leaves from."""
BIN: Final = 7
"""A location that belongs to no place of ours."""

_COLUMNS: Final = {
    "p": {"title": "pd_description", "description": "pd_long_description"},
    "v": {
        "title": "vad_description",
        "sku": "vad_variant_code",
        "barcode": "vad_ean_code",
        "price_minor": "vad_rsp_inc_vat",
        "weight": "vad_weight",
        "hs_code": "vad_commodity_code",
        "origin": "vad_country_code_of_origin",
    },
}
"""Where a field of a product, and of a variant, stands."""


def _article(entry: Entry, *, over: bool) -> Article:
    """A product or variant, whose facts are the columns of its table; `over`: a product of which no
    variant is sold any more."""
    facts = {name: str(fact) for name, fact in entry.facts.items() if fact is not None}
    parent = entry.reference.startswith("p")
    price, weight = facts.get("rsp_inc_vat"), facts.get("weight")
    return Article(
        key=entry.reference,
        parent=parent,
        for_sale=facts.get("discontinued", "0") == "0" and not over,
        title=facts["description"],
        changed_s=entry.changed_s,
        description=facts.get("long_description", ""),
        sku=facts.get("variant_code", ""),
        barcode=facts.get("ean_code", ""),
        price=None if price is None else plain(int(price), "GBP"),
        weight_g=None if weight is None else int(1000 * Decimal(weight)),
        hs_code=facts.get("commodity_code", ""),
        origin=facts.get("country_code_of_origin", ""),
    )


class OfficeStores:
    """`Storing` and `Mastering`: what people do at this vendor, in the words of its twin."""

    def __init__(self, twin: OrderWiseTwin) -> None:
        self.twin = twin

    def put(self, sku: str, thousandths: int, unit: str = "", *, elsewhere: bool = False) -> None:
        self.twin.shelves.put(sku, BIN if elsewhere else PLACE, thousandths, unit)

    def move(self, sku: str, by: int) -> None:
        self.twin.shelves.move(sku, PLACE, by)

    def rename(self, sku: str, other: str) -> None:
        self.twin.products.rename(f"v{self.twin.state.variant(sku)}", other)

    def levels(self) -> list[Level]:
        return [
            Level(level.code, str(level.location), level.unit, level.free)
            for level in self.twin.shelves.levels()
        ]

    def make(self, code: str, title: str, of: str = "") -> str:
        products = self.twin.products
        return products.variant(of, code, title) if of else products.product(code, title)

    def edit(self, key: str, **fields: str | int) -> None:
        columns = _COLUMNS[key[0]]
        self.twin.products.change(key, **{columns[name]: value for name, value in fields.items()})

    def end(self, key: str, into: str = "") -> None:
        if into:
            self.twin.products.merge(key, into)
        else:
            self.twin.products.discontinue(key)

    def revive(self, key: str) -> None:
        self.twin.products.change(key, vad_discontinued=0, vad_superseded_by="")

    def kit(self, key: str, parts: Mapping[str, int]) -> None:
        self.twin.products.kit(key, parts)

    def articles(self) -> list[Article]:
        entries = list(self.twin.book("product"))
        variants = [entry.facts for entry in entries if entry.reference.startswith("v")]
        sold = {f"p{facts['pd_id']}" for facts in variants if facts["discontinued"] == "0"}
        over = {f"p{facts['pd_id']}" for facts in variants} - sold
        return [_article(entry, over=entry.reference in over) for entry in entries]
