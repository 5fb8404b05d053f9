"""Goods in a world: who enters and counts them, and whether all of it has been told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Coroutine
from datetime import datetime

import asyncpg

from counterfoil.rehearse.cast import estate
from counterfoil.rehearse.worlds import product, stock
from counterfoil.rehearse.worlds.product import Merchandisers
from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.rehearse.worlds.routes import of_goods
from counterfoil.rehearse.worlds.snapshot import Snapshot
from counterfoil.rehearse.worlds.stock import Keepers
from counterfoil.rehearse.worlds.verdict import Verdict

_LISTED = """
select r.name, c.noted from cursor c join route r on r.id = c.route
where c.task = 'listed' and r.name = any ($1::text[]) and c.noted > $2
order by r.name
"""


class Telling:
    """What is told of goods in a world that tells of any: by whom, and between which twins."""

    def __init__(self, recipe: Recipe, goods: estate.Goods, reached: Counter[str]) -> None:
        self.goods = goods
        self.keepers = Keepers(recipe, goods, reached) if recipe.stock else None
        self.merchandisers = Merchandisers(recipe, goods, reached) if recipe.products else None
        self._recipe = recipe
        self._names = [
            name for name, plan in of_goods(recipe).items() if plan.source == estate.TARGET
        ]
        self._listed: dict[str, datetime] = {}

    def people(self) -> list[Coroutine[None, None, None]]:
        """What they do, until cancelled."""
        return [person.run() for person in (self.keepers, self.merchandisers) if person]

    def versions(self) -> dict[str, int]:
        """When each product changed last, by its key."""
        if self.merchandisers is None:
            return {}
        return {article.key: article.changed_s for article in self.goods.stores.articles()}

    async def at_rest(self, database: asyncpg.Connection, calm_at: datetime) -> bool:
        """Whether all of it was told, as it is since the calm began.

        What the stores tell was listed twice by then: the second time began after it.
        """
        rows = await database.fetch(_LISTED, self._names, calm_at)
        listed = {row["name"]: row["noted"] for row in rows}
        first = {name: self._listed.setdefault(name, noted) for name, noted in listed.items()}
        if any(name not in listed or listed[name] <= first[name] for name in self._names):
            return False
        return self.keepers is None or await stock.at_rest(database, self._recipe, calm_at)


async def judged(
    telling: Telling, database: asyncpg.Connection, ending: Snapshot, verdict: Verdict
) -> None:
    """Say what is wrong with what is told of goods; `ending` has every route of the world."""
    recipe, stores = ending.recipe, telling.goods.stores
    plans = of_goods(recipe)
    if telling.keepers is not None:
        kept = await stock.kept(database)
        stock.judged(stock.Books(stores.levels(), kept, ending), verdict)
    if telling.merchandisers is not None:
        for name in product.plans(recipe):
            shop = plans[name].target
            marks = telling.merchandisers.marks_at(shop)
            books = product.Books(stores.articles(), ending.listed[shop], marks)
            product.judged(books, ending.beside[name], verdict)
