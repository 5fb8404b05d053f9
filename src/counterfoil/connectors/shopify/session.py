"""Opening a connection to a shop, and the cheapest proof that it answers."""

from __future__ import annotations

from typing import Any

import msgspec

from counterfoil.connectors.shopify import queries
from counterfoil.connectors.shopify.client import VERSION, Client
from counterfoil.connectors.shopify.order import OrderSource
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.formats import strict_json
from counterfoil.kit.manifest import load
from counterfoil.values.errors import Misconfigured

_RANGES = {
    "orders_per_page": (1, 250),
    "lines_per_order": (1, 250),
    "most_lines": (1, 100_000),
    "bulk_wait_s": (1, 864_000),
}


class _Shop(msgspec.Struct, frozen=True):
    name: str
    myshopifyDomain: str
    currencyCode: str


def opened(opening: Opening) -> Session:
    """The session of one shop. Raises `Misconfigured` naming the setting that is wrong."""
    for name, (least, most) in _RANGES.items():
        _in_range(name, opening.settings.get(name), least, most, opening.name)
    client = Client(opening)

    async def probe() -> str:
        return await proven(client)

    source = OrderSource(client, opening.settings)
    return Session(sources={"order": source}, targets={}, probe=probe)


async def proven(client: Client) -> str:
    """One sentence about the shop that answered, and by which version of the API."""
    data = await client.ask(queries.PROBE, {}, kind="probe", estimate=1.0)
    shop = strict_json.convert(data.get("shop"), _Shop, what="The shop")
    said = f"{shop.name} ({shop.myshopifyDomain}) answered; it books in {shop.currencyCode}."
    seen = client.version_seen
    if not seen or seen == VERSION:
        return said
    return f"{said} It answered as API {seen}, not {VERSION}: this connector has fallen behind."


def _in_range(name: str, value: Any, least: int, most: int, where: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise Misconfigured(
            f"{name} cannot be {value!r}.",
            do=f"Use a whole number from {least} to {most}.",
            where=where,
        )


CONNECTOR = Connector(manifest=load("counterfoil.connectors.shopify"), open=opened)
