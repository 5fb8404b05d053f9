"""A process that loads everything and lets it arrive, or is killed: `loading.py DSN FOLDER PAGE`.

PAGE is how many are listed at once. With a word more it does something else: `furnish:N` puts N
products with their variants and kits into the office, `late:N` N products more, and `judge` tells
as JSON what became of all of them.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from catalogue import PLAN, Catalogue, catalogue
from msgspec.structs import replace

from counterfoil.flows import load
from counterfoil.store import loads
from counterfoil.values.errors import Retry

VARIANTS = 4
SOON = replace(PLAN, settle_s=3.0)
"""Time is real here, and each kill leaves what is looked for only after it."""
_ARRIVING = """
select exists (
    select from thread t join record r on r.id = t.newest where r.state in (1, 2, 3, 4, 7, 13)
)
"""
_SENT = """
select r.key, extract(epoch from r.sent_at)::float8 as sent_s
from thread t join record r on r.id = t.newest
"""


def furnish(house: Catalogue, products: int) -> int:
    """Products with variants, and a kit of the first two of each; how many documents."""
    office = house.office.products
    with house.office._memory.transaction():  # one commit for all of them
        for number in range(products):
            tee = office.product(f"TEE-{number}", f"Tee {number}")
            made = [
                office.variant(tee, f"TEE-{number}-{size}", f"Size {size}")
                for size in range(VARIANTS)
            ]
            office.kit(made[-1], {made[0]: 1, made[1]: 2})
    return products * (1 + VARIANTS)


async def judged(house: Catalogue) -> dict[str, Any]:
    """What became of everything: how each document stands, how often the shop has each, and which
    were sent before what they need."""
    pool = house.house.engine.database._pool  # the test's own eyes
    sent_s = {row["key"]: row["sent_s"] for row in await pool.fetch(_SENT)}
    office = {
        entry.reference: str(entry.facts.get("variant_code") or entry.facts["product_code"])
        for entry in house.office.products.book()
    }
    at_shop = [entry.reference for entry in house.shop.book("product")]
    when = {office[key]: sent_s[key] for key in at_shop}
    early = [sku for sku in when for need in _needs(sku) if when.get(need, 1e12) > when[sku]]
    row = await loads.of(house.house.engine.database, house.route.id)
    assert row is not None
    return {
        "states": Counter((await house.states()).values()),
        "office": len(office),
        "shop": len(at_shop),
        "twice": sum(count > 1 for count in Counter(at_shop).values()),
        "early": early,
        "load": [row.listed, row.unaccounted, row.different],
    }


def _needs(sku: str) -> list[str]:
    """The SKUs of what must be there before one: a variant's product, and what a kit is made of."""
    product, _, size = sku.rpartition("-")
    if sku.count("-") < 2:
        return []
    kit = int(size) == VARIANTS - 1
    return [product, *([f"{product}-0", f"{product}-1"] if kit else [])]


async def main(database: str, folder: Path, page: int, what: str) -> None:
    name, _, count = what.partition(":")
    async with catalogue(database, folder, SOON, lasting=True, page=page) as house:
        if name == "furnish":
            furnish(house, int(count))
        elif name == "late":
            products = house.office.products
            here = sum(1 for _ in products.book())
            for number in range(here, here + int(count)):
                products.product(f"LATE-{number}", "Late")
        elif name == "judge":
            sys.stdout.write(json.dumps(await judged(house)) + "\n")
        else:
            await loaded(house, listed_again=name == "again")


async def loaded(house: Catalogue, *, listed_again: bool) -> None:
    """Load, or list once more what came since, and let everything arrive."""
    arriving = asyncio.create_task(_arrive(house))
    if listed_again:
        await load.listing_now(house.house.engine, house.route)
    else:
        await load.run(house.house.engine, house.route, lambda count, new: None, "ada")
    while await house.house.engine.database._pool.fetchval(_ARRIVING):
        await house.clock.sleep(0.2)
    arriving.cancel()


async def _arrive(house: Catalogue) -> None:
    while True:
        with suppress(Retry):
            await house.work(1)
        await house.clock.sleep(0.05)


if __name__ == "__main__":
    words = [*sys.argv[1:], ""]
    asyncio.run(main(words[0], Path(words[1]), int(words[2]), words[3]))
