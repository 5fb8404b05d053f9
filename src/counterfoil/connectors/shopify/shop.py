"""The shop itself: the cheapest proof that it answers, and by which version of the API."""

from __future__ import annotations

import msgspec

from counterfoil.connectors.shopify import queries
from counterfoil.connectors.shopify.client import VERSION, Client
from counterfoil.kit.formats import strict_json


class _Shop(msgspec.Struct, frozen=True):
    name: str
    myshopifyDomain: str
    currencyCode: str


async def proven(client: Client) -> str:
    """One sentence about the shop that answered."""
    data = await client.ask(queries.PROBE, {}, kind="probe", estimate=1.0)
    shop = strict_json.convert(data.get("shop"), _Shop, what="The shop")
    said = f"{shop.name} ({shop.myshopifyDomain}) answered; it books in {shop.currencyCode}."
    seen = client.version_seen
    if not seen or seen == VERSION:
        return said
    return f"{said} It answered as API {seen}, not {VERSION}: this connector has fallen behind."
