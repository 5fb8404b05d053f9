"""What a shop says there is to sell, of a product and of its variants, as its twin tells it."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

import msgspec

from counterfoil.rehearse.cast.goods import Article
from counterfoil.twins.kit.book import Entry

_GRAMS: Final = {"GRAMS": 1, "KILOGRAMS": 1000}


def article(entry: Entry) -> Article:
    """A product, or a variant, which is told apart by its only option."""
    facts = {name: str(fact or "") for name, fact in entry.facts.items()}
    parent = facts["kind"] == "Product"
    weight = msgspec.json.decode(facts["weight"])["weight"] if "weight" in facts else None
    return Article(
        key=entry.reference,
        parent=parent,
        for_sale=facts["status"] == "ACTIVE" if parent else facts["inventoryPolicy"] != "DENY",
        title=facts["title"],
        changed_s=entry.changed_s,
        description=facts.get("descriptionHtml", ""),
        sku=facts.get("sku", ""),
        barcode=facts.get("barcode", ""),
        price=facts.get("price"),
        weight_g=int(Decimal(str(weight["value"])) * _GRAMS[weight["unit"]]) if weight else None,
        hs_code=facts.get("harmonizedSystemCode", ""),
        origin=facts.get("countryCodeOfOrigin", ""),
        marks=facts.get("vendor", ""),
    )
