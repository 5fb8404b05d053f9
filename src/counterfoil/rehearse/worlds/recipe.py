"""What a seed draws before its world begins: which faults exist, how often, and who is there.

Uniform mild noise finds little. So most faults are off in most worlds, and some are extreme.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from typing import Final, Literal

import msgspec
from msgspec.structs import replace

from counterfoil.model.words import Word
from counterfoil.rehearse.cast.estate import FAULTS, LEDGER, ODDITIES, SOURCE, TARGET, faults
from counterfoil.rehearse.cast.twin import Conditions
from counterfoil.rehearse.worlds.variety import VARIETIES
from counterfoil.twins.kit.faults import Fault

Kind = Literal["A", "B", "C", "D"]
Size = Literal["small", "load", "long"]

_PLAIN = 3
"""Every third world is not `lively`: there every field is as it was sold, and asked so (P6)."""

_LIVELY: Mapping[str, Mapping[str, object]] = {
    "sale": VARIETIES,
    "life": FAULTS["life"],
    "keep": FAULTS["keep"],
    "site": dict.fromkeys(ODDITIES),
}
_ON_THE_WAY: Final = ("warehouse", "counter")
"""The sides of which only worlds with despatches know."""
_PAID_BACK: Final = (
    "refunded_in_part", "refunded_whole", "postage_refunded", "goodwill", "refund_pending",
    "returned", "exchanged", "cancelled_whole",
)  # fmt: skip
_FOLLOWING = frozenset({"captured", "voided", "deposited", "sent_elsewhere"})
_OFTEN = (0.3, 0.6)  # of the few sales that can meet what follows from their kind
_MOODS = (0.05, 0.3, 0.6, 0.9)  # the share of faults that exist in a world
_BUSY = (0.5, 0.8, 0.95)
_MOST_WORDS = 3
_WITH_MONEY = 0.2  # of the worlds that have room for one more word
_PARTS = 4  # in which a history becomes known
_IN_THE_STORES: Final = (
    "counted", "part_of_one", "back_again", "saved_again", "unmapped_bin", "renamed", "in_cases",
    "in_pallets",
)  # fmt: skip
_IN_THE_CATALOGUE: Final = (
    "renamed", "code_taken_over", "back_again", "saved_again", "blanked", "archived", "revived",
    "merged", "made_a_kit", "unmade_a_kit", "titled_alike", "marked_by_hand", "made_by_hand",
)  # fmt: skip
"""What people do there beside the usual: they count, and enter and price."""
_TELLING: Final = (
    "server_error_before", "timeout_before", "timeout_after", "reset_after", "server_error_after",
)  # fmt: skip
"""How the source answers badly of whatever it is told."""
_GOODS: Final[Mapping[str, tuple[str, ...]]] = {
    "stores": _IN_THE_STORES,
    "catalogue": _IN_THE_CATALOGUE,
}
_WIRE = ("refused", "lost_before", "lost_after", "late", "slow")
_HOOK = ("unheard", "slow")
_PERSONAL = frozenset({"shop.unmapped_value", "office.locked_period"})  # a person frees each
_SELDOM = frozenset(  # what only a reading of the shop can meet, and few are made
    f"shop.{name}"
    for name in (
        "throttled",
        "server_error",
        "read_timeout",
        "reset",
        "html_error_page",
        "empty_page",
        "cursor_expired",
    )
)


class Recipe(msgspec.Struct, frozen=True):
    """One world. `rates` are probabilities at each opportunity, by the fault's name; times are
    in seconds. `lag_s` bounds the target's read lag; `pause_every_s` and `kill_every_s` are means,
    0 for never; `linger_s` is how long the chaos lasts after the last sale. Sales come in groups
    of `burst`; where the shop sends no messages (`listening`), its listing in pages of `page`
    orders finds them. `slots` are the calls that the target takes at the same time, `attempts` how
    often the route tries a record, and `key_life_s` how long a target of class A knows a key, 0 for
    ever. `hanging`: a second route goes to a second target, which answers no call until it is calm.
    `despatches`: what lands is despatched by itself, each step after `pick_s`, and a second route
    tells the source. `target` is the connection of the system that is written to. `stock`: of so
    many SKUs the levels go from the target through the house to the source. `products`: so many of
    the target's products go to the source, with their variants. `repaid`: what goes back of orders
    is credited at the target by a route of its own; after each of so many `days`, `day_s` seconds
    long, there is a payout of what moved. Where goods are told of, it is a
    second source that hangs. `customers`: so many of the source's are there at the beginning.
    """

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
    burst: int = 1
    listening: bool = True
    page: int = 100
    slots: int = 8
    cadence_s: float = 20.0
    window_s: float = 60.0
    attempts: int = 25
    key_life_s: float = 0.0
    hanging: bool = False
    despatches: bool = False
    pick_s: tuple[float, float] = (2.0, 15.0)
    target: str = TARGET
    stock: int = 0
    products: int = 0
    repaid: bool = False
    days: int = 0
    day_s: float = 0.0
    customers: int = 0

    @property
    def words(self) -> tuple[Word, ...]:
        """The documents that move in it."""
        others: dict[Word, bool] = {
            "fulfilment": self.despatches,
            "stock": bool(self.stock),
            "product": bool(self.products),
            "refund": self.repaid,
            "settlement": bool(self.days),
            "customer": bool(self.customers),
        }
        return ("order", *(word for word, moves in others.items() if moves))

    @property
    def lively(self) -> bool:
        """Whether sales are of many kinds, and life goes on after them: see `lively`."""
        return any(name.partition(".")[0] in _LIVELY for name in self.rates)

    def rates_of(self, side: str) -> dict[str, float]:
        """The rates of one side's faults, by their own names."""
        return {
            name.partition(".")[2]: rate
            for name, rate in self.rates.items()
            if name.partition(".")[0] == side
        }

    @property
    def lag_beyond(self) -> bool:
        """Whether a read can lag for longer than the route waits before it looks."""
        return self.lag_s[1] * 3 > self.settle_s


def drawn(seed: int) -> Recipe:
    """The world of a seed: most are small and dense, some begin with a history that is only listed,
    and few last for long with little to do. In every fourth, unless it is large, what lands is
    despatched, and in every fifth that has room money goes back."""
    chance = random.Random(f"recipe|{seed}")
    (size,) = chance.choices(tuple(_SIZES), [share for share, _ in _SIZES.values()])
    recipe = _ends(seed, _SIZES[size][1](seed, chance))
    recipe = lively(recipe) if seed % _PLAIN else recipe
    if size == "load":
        return recipe
    recipe = _with_goods(despatching(recipe) if seed % 4 == 2 else recipe)
    money = (
        len(recipe.words) < _MOST_WORDS and random.Random(f"money|{seed}").random() < _WITH_MONEY
    )
    return repaying(recipe) if money else recipe


def _with_goods(recipe: Recipe) -> Recipe:
    """The same world with up to three words in all; in few of those that tell of goods a second
    shop hangs. Of a world that has orders alone nothing else is drawn."""
    chance = random.Random(f"words|{recipe.seed}")
    room = _MOST_WORDS - len(recipe.words)
    others = chance.sample((stocked, catalogued), k=min(room, chance.choice((0, 0, 0, 1, 1, 2))))
    for other in others:
        recipe = other(recipe)
    return hung(recipe) if others and chance.random() < 0.15 else recipe


def hung(recipe: Recipe) -> Recipe:
    """The same world with a second target that hangs; in every second one nothing else goes wrong,
    so that it can be asked how long everything takes."""
    recipe = replace(recipe, hanging=True)
    if recipe.seed % 2:
        return recipe
    people = {name: rate for name, rate in recipe.rates.items() if name in goods_names()}
    return replace(recipe, rates=people, database=0.0, pause_every_s=0.0, kill_every_s=0.0)


def stocked(recipe: Recipe) -> Recipe:
    """The same world where levels go from the target through the house to the source."""
    return replace(_goods(recipe, "stores"), stock=3 + recipe.seed % 6)


def catalogued(recipe: Recipe) -> Recipe:
    """The same world where the target's products go to the source."""
    return replace(_goods(recipe, "catalogue"), products=2 + recipe.seed % 5)


def _goods(recipe: Recipe, side: str) -> Recipe:
    chance = random.Random(f"{side}|{recipe.seed}")
    mood = chance.choice(_MOODS) if recipe.rates else 0.0
    people = [f"{side}.{name}" for name in _GOODS[side]]
    vendor = [f"counter.{name}" for name in _TELLING]
    rates = {name: chance.choice(_OFTEN) for name in people if chance.random() < mood}
    rates |= {name: chance.choice((0.05, 0.1, 0.25)) for name in vendor if chance.random() < mood}
    return replace(recipe, rates={**rates, **recipe.rates})


def lively(recipe: Recipe) -> Recipe:
    """The same world where sales are of many kinds, orders are edited, paid, refunded and returned
    after they were placed, and the office may keep any field otherwise than it came."""
    chance = random.Random(f"life|{recipe.seed}")
    mood = chance.choice(_MOODS)
    drawn_ = {
        f"{side}.{name}": chance.choice(_OFTEN if name in _FOLLOWING else (0.02, 0.05, 0.1))
        for side, names in _LIVELY.items()
        for name in names
        if chance.random() < mood
    }
    return replace(recipe, rates={**recipe.rates, **drawn_})


def _ends(seed: int, found: Recipe) -> Recipe:
    """Where a repetition ends: in few worlds after few attempts, or with the life of a key."""
    chance = random.Random(f"ends|{seed}")
    attempts = chance.choice((25, 25, 25, 25, 12, 4))
    life_s = chance.choice((0.0, 60.0)) if found.kind == "A" else 0.0
    return replace(found, attempts=attempts, key_life_s=life_s)


def _small(seed: int, chance: random.Random) -> Recipe:
    orders = chance.randrange(24, 96)
    recipe = _begun(seed, chance, orders, orders / chance.choice((4.0, 8.0, 16.0)))
    return replace(
        recipe,
        burst=chance.choice((1, 5, 10, 20)),
        listening=chance.random() < 0.9,
        page=chance.choice((10, 25, 100)),
        slots=chance.choice((3, 24, 24, 24)),
        cadence_s=chance.choice((10.0, 20.0)),
    )


def _load(seed: int, chance: random.Random) -> Recipe:
    orders = chance.randrange(150, 650)
    # In parts that are further apart than the overlap: each listing reads the last one again.
    recipe = _begun(seed, chance, orders, _PARTS * 35.0, moods=_BUSY)
    return replace(
        recipe,
        burst=-(-orders // _PARTS),
        listening=False,
        page=chance.choice((100, 250)),
        slots=64,
        cadence_s=12.0,
        # The listing must come through, so that what it found is sent in bad weather too.
        rates={name: rate / 5 if name in _SELDOM else rate for name, rate in recipe.rates.items()},
        linger_s=max(recipe.linger_s, 30.0),
        kill_every_s=recipe.kill_every_s * 2,
    )


def _long(seed: int, chance: random.Random) -> Recipe:
    orders = chance.randrange(8, 24)
    recipe = _begun(seed, chance, orders, chance.uniform(900.0, 2400.0))
    return replace(
        recipe,
        workers=1,
        listening=chance.random() < 0.5,
        cadence_s=60.0,
        window_s=300.0,
        pause_every_s=recipe.pause_every_s * 10,
        kill_every_s=recipe.kill_every_s * 10,
    )


_SIZES: Mapping[Size, tuple[float, Callable[[int, random.Random], Recipe]]] = {
    "small": (0.72, _small),
    "load": (0.25, _load),
    "long": (0.03, _long),
}


def _begun(
    seed: int,
    chance: random.Random,
    orders: int,
    spread_s: float,
    moods: tuple[float, ...] = _MOODS,
) -> Recipe:
    """What every size draws alike."""
    kind = chance.choice(("A", "A", "B", "C", "C", "C", "D"))
    settle_s = chance.choice((6.0, 10.0, 16.0))
    rates = _rates(chance, chance.choice(moods))
    beyond = kind in ("C", "D") and chance.random() < 0.3
    longest_s = settle_s * chance.uniform(1.2, 3.0) if beyond else settle_s / 3.2
    if beyond:
        rates |= dict.fromkeys(("office.read_lag", "office.timeout_after"), 0.2)
    recipe = Recipe(
        seed=seed,
        orders=orders,
        spread_s=spread_s,
        workers=chance.choice((1, 2, 2, 3)),
        kind=kind,
        settle_s=settle_s,
        lag_s=(0.3, longest_s),
        rates=rates,
        database=chance.choice((0.0, 0.0, 0.003, 0.01)),
        pause_every_s=chance.choice((0.0, 5.0, 10.0)),
        kill_every_s=chance.choice((0.0, 10.0, 25.0)),
    )
    if chance.random() < 0.1:  # somebody sleeps for a minute, ten times as long as any lease
        recipe = replace(recipe, pause_every_s=15.0, pause_s=(60.0, 75.0), linger_s=70.0)
    return recipe


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


def despatching(recipe: Recipe) -> Recipe:
    """The same world where what lands is despatched, and not as planned: in parts, with pieces that
    are not there, before a tracking number is known, or not after all; and where its shop answers
    of it as badly as of anything."""
    chance = random.Random(f"despatches|{recipe.seed}")
    mood = chance.choice(_MOODS) if recipe.rates else 0.0
    drawn_ = {
        f"{side}.{name}": chance.choice((0.05, 0.1, 0.25))
        for side in _ON_THE_WAY
        for name in FAULTS[side]
        if chance.random() < mood
    }
    return replace(recipe, despatches=True, rates={**recipe.rates, **drawn_})


def repaying(recipe: Recipe) -> Recipe:
    """The same world where money goes back for orders, in every way, and is credited."""
    chance = random.Random(f"refunds|{recipe.seed}")
    rates = {f"life.{name}": chance.choice((0.05, 0.1, 0.25)) for name in _PAID_BACK}
    return replace(recipe, repaid=True, rates={**recipe.rates, **rates})


def paying_out(recipe: Recipe) -> Recipe:
    """The same world whose target keeps books, in which money goes back, and is paid out to a bank
    after each of three days."""
    day_s = (recipe.spread_s + 30.0) / 2
    moved = replace(repaying(recipe), target=LEDGER, despatches=False, stock=0, products=0)
    return replace(moved, hanging=False, days=3, day_s=day_s)


def conditions(recipe: Recipe) -> Conditions:
    """Under what conditions the twins of a world play."""
    return Conditions(
        faults={side: _catalogue(recipe, side) for side in faults(recipe.target)},
        faulty=bool(recipe.rates),
        lively=recipe.lively,
        page=recipe.page,
        slots=recipe.slots,
        lag_s=recipe.lag_s,
        unique=recipe.kind in ("A", "B"),
        unique_for_s=recipe.key_life_s or math.inf,
        oddities=frozenset(recipe.rates_of("site")),
        despatches=recipe.despatches,
        pick_s=recipe.pick_s,
        repaid=recipe.repaid,
        days=recipe.days,
        day_s=recipe.day_s,
    )


def _catalogue(recipe: Recipe, side: str) -> dict[str, Fault]:
    """A twin's faults at this world's rates; of what a lively world adds only what it has."""
    catalogue = faults(recipe.target)[side]
    if side in _LIVELY:
        catalogue = {name: catalogue[name] for name in recipe.rates_of(side)}
    return {
        name: Fault(fault.text, *[recipe.rates.get(f"{side}.{name}", 0.0)] * 2)
        for name, fault in catalogue.items()
    }


def names() -> list[str]:
    """Every fault that a world can have, in one order."""
    twins = [f"{side}.{name}" for side in (SOURCE, TARGET) for name in FAULTS[side]]
    return [*twins, *(f"wire.{name}" for name in _WIRE), *(f"hook.{name}" for name in _HOOK)]


def lively_names() -> list[str]:
    """What only lively worlds have, in one order."""
    return [f"{side}.{name}" for side, names in _LIVELY.items() for name in names]


def despatch_names() -> list[str]:
    """What only worlds with despatches have, in one order."""
    return [f"{side}.{name}" for side in _ON_THE_WAY for name in FAULTS[side]]


def goods_names() -> list[str]:
    """What only worlds have that tell of goods, in one order."""
    return [f"{side}.{name}" for side, names in _GOODS.items() for name in names]


def _rates(chance: random.Random, mood: float) -> dict[str, float]:
    return {name: _rate(chance, name) for name in names() if chance.random() < mood}


def _rate(chance: random.Random, name: str) -> float:
    rate = chance.choice((0.02, 0.05, 0.1, 0.25))
    if name in _PERSONAL:
        return rate / 10
    return 0.05 + rate if name in _SELDOM else rate
