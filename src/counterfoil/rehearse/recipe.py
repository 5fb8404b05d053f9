"""What a seed draws before its world begins: which faults exist, how often, and who is there.

Uniform mild noise finds little. So most faults are off in most worlds, and some are extreme.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from typing import Literal

import msgspec

from counterfoil.twins.faults import Fault
from counterfoil.twins.orderwise.faults import CATALOGUE as OFFICE
from counterfoil.twins.shopify import CATALOGUE as SHOP

Kind = Literal["A", "B", "C", "D"]

_RARE = frozenset({"locked_period", "unmapped_value"})  # each leaves work for a person
_WIRE = ("refused", "lost_before", "lost_after", "late", "slow")
_HOOK = ("unheard", "slow")


class Recipe(msgspec.Struct, frozen=True):
    """One world. `rates` are probabilities at each opportunity, by the fault's name; times are
    in seconds. `lag_s` bounds the target's read lag; `pause_every_s` and `kill_every_s` are means,
    0 for never;
    `linger_s` is how long the chaos lasts after the last sale."""

    seed: int
    orders: int
    spread_s: float
    workers: int
    kind: Kind
    settle_s: float
    lag_s: tuple[float, float]
    rates: Mapping[str, float]
    database: float = 0.0
    pause_every_s: float = 0.0
    pause_s: tuple[float, float] = (7.0, 30.0)
    kill_every_s: float = 0.0
    unmapped: int = 0
    linger_s: float = 0.0

    @property
    def lag_beyond(self) -> bool:
        """Whether a read can lag for longer than the route waits before it looks."""
        return self.lag_s[1] * 3 > self.settle_s


def drawn(seed: int) -> Recipe:
    """The world of a seed."""
    chance = random.Random(f"recipe|{seed}")
    kind = chance.choice(("A", "A", "B", "C", "C", "C", "D"))
    settle_s = chance.choice((12.0, 20.0, 30.0))
    beyond = kind in ("C", "D") and chance.random() < 0.25
    longest_s = settle_s * chance.uniform(1.2, 3.0) if beyond else settle_s / 3.2
    orders = chance.randrange(90, 260)
    return Recipe(
        seed=seed,
        orders=orders,
        spread_s=orders / chance.choice((2.0, 4.0, 8.0)),
        workers=chance.choice((1, 2, 2, 3)),
        kind=kind,
        settle_s=settle_s,
        lag_s=(0.3, longest_s),
        rates=_rates(chance),
        database=chance.choice((0.0, 0.0, 0.003, 0.01)),
        pause_every_s=chance.choice((0.0, 8.0, 15.0)),
        kill_every_s=chance.choice((0.0, 10.0, 25.0)),
    )


def quiet(seed: int, orders: int) -> Recipe:
    """A world without any fault, and with two orders that only a person can free."""
    return Recipe(
        seed=seed,
        orders=orders,
        spread_s=orders / 4.0,
        workers=1,
        kind="C",
        settle_s=12.0,
        lag_s=(0.1, 1.0),
        rates={},
        unmapped=2,
    )


def catalogue(recipe: Recipe, side: Literal["shop", "office"]) -> dict[str, Fault]:
    """A twin's faults at this world's rates."""
    known = SHOP if side == "shop" else OFFICE
    return {
        name: Fault(fault.text, *[recipe.rates.get(f"{side}.{name}", 0.0)] * 2)
        for name, fault in known.items()
    }


def names() -> list[str]:
    """Every fault that a world can have, in one order."""
    twins = [f"shop.{name}" for name in SHOP] + [f"office.{name}" for name in OFFICE]
    return [*twins, *(f"wire.{name}" for name in _WIRE), *(f"hook.{name}" for name in _HOOK)]


def _rates(chance: random.Random) -> dict[str, float]:
    mood = chance.choice((0.25, 0.5, 0.8))  # the share of faults that exist
    found: dict[str, float] = {}
    for name in names():
        drawn_at = chance.random()
        rate = chance.choice((0.02, 0.05, 0.1, 0.25))
        if drawn_at < mood:
            found[name] = rate / 10 if name.split(".")[1] in _RARE else rate
    return found
