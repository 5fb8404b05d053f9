"""Whatever befalls products and the calls about them: each is at the shop once, as it is now."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from pathlib import Path

import pytest
from catalogue import Catalogue, catalogue

from counterfoil.kit.transport import Answer, Lost, NotSent
from counterfoil.values.errors import CounterfoilError

STEPS = 80


class Weather:
    """What befalls calls: they do not leave, or their answers are lost."""

    def __init__(self, way: Callable[..., Awaitable[Answer]], chance: random.Random) -> None:
        self.way = way
        self.chance = chance
        self.bad = 0.0
        self.met: Counter[str] = Counter()

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        drawn = self.chance.random()
        if drawn < self.bad / 2:
            self.met["before"] += 1
            raise NotSent("no route")
        answer = await self.way(method, url, headers, body, timeout_s)
        if drawn < self.bad:
            self.met["after a write" if b"mutation" in body else "after a read"] += 1
            raise Lost("cut")
        return answer


class Office:
    """What people do with the products of an office, by chance."""

    def __init__(self, house: Catalogue, chance: random.Random) -> None:
        self.products = house.office.products
        self.chance = chance
        self.parents: list[str] = []
        self.live: dict[str, str] = {}  # variant -> its product
        self.ended: set[str] = set()
        self.codes: dict[str, str] = {}
        self.made = 0
        self.befell: Counter[str] = Counter()

    def step(self) -> None:
        ways = [self.new, self.new, self.rename, self.touch, self.end, self.merge, self.kit]
        way = self.chance.choice(ways)
        if way == self.new or len(self.live) > 2:
            self.befell[way.__name__] += 1
            way()

    def new(self) -> None:
        self.made += 1
        if self.made % 4 == 1:
            self.parents.append(self.products.product(f"P-{self.made}", f"Product {self.made}"))
        parent = self.chance.choice(self.parents)
        code = f"SKU-{self.made}"
        key = self.products.variant(parent, code, f"Variant {self.made}", vad_rsp_inc_vat=1000)
        self.live[key], self.codes[key] = parent, code

    def rename(self) -> None:
        key = self.chance.choice(sorted(self.live))
        self.made += 1
        self.codes[key] = f"SKU-{self.made}-RENAMED"
        self.products.rename(key, self.codes[key])

    def touch(self) -> None:
        self.products.change(self.chance.choice(sorted({*self.live, *self.parents})))

    def end(self) -> None:
        key = self.chance.choice(sorted(self.live))
        self.products.discontinue(key)
        self._over(key)

    def merge(self) -> None:
        key, heir = self.chance.sample(sorted(self.live), 2)
        self.products.merge(key, heir)
        self._over(key)

    def kit(self) -> None:
        key, part = self.chance.sample(sorted(self.live), 2)
        if not self.products._memory.row(  # no kit of a kit, which could be one of itself
            "select 1 from variant_bom_component where vbc_kit_vad_id = ? or vbc_vad_id = ?",
            int(part[1:]), int(key[1:]),
        ):  # fmt: skip
            self.products.kit(key, {part: 2})

    def _over(self, key: str) -> None:
        self.ended.add(key)
        self.live.pop(key)


@pytest.mark.parametrize("seed", range(4))
async def test_each_product_is_at_the_shop_once_as_it_is_now(
    migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setenv("DATABASE_URL", migrated_database)
    chance = random.Random(f"befall|{seed}")
    async with catalogue(migrated_database, tmp_path) as house:
        weather = Weather(house.wires.send, chance)
        monkeypatch.setattr(house.wires, "send", weather.send)
        office = Office(house, chance)
        weather.bad = 0.25
        for _ in range(STEPS):
            office.step()
            house.clock.move(chance.choice((0.0, 1.0, 30.0)))
            if chance.random() < 0.6:
                await _quietly(house)
        weather.bad = 0.0
        for _ in range(40):
            await _quietly(house)
            house.clock.move(300.0)
        states, shop = await house.states(), house.at_shop()
        causes = await house.causes()
        copies = Counter(entry.reference for entry in house.shop.book("product"))
    assert weather.met["after a write"], "no answer to a write was lost"
    assert {*copies.values()} == {1}
    for key, code in office.codes.items():
        stands = states[key]
        if key in shop:
            assert shop[key]["sku"] == code or key in office.ended or key in causes, key
        else:
            # It was over before it could be sent, or a person is told why it is not there.
            assert key in office.ended or key in causes or stands == "excluded", (key, stands)
        if key in office.ended and key in shop and key not in causes:
            assert shop[key]["inventoryPolicy"] == "DENY", key
    on_their_way = {"captured", "mapped", "sending", "in_doubt"}
    assert not on_their_way & {*states.values()}, (states, causes)


async def _quietly(house: Catalogue) -> None:
    """List and let arrive; what a bad line keeps from being done is done next time."""
    with suppress(CounterfoilError):
        await house.list()
    await house.work(6)
