"""Products in a world: what people do with them, and what must then be true of every one.

The office says what there is to sell, each shop lists it. Asked of the twins' own books: M1 nothing
is lost, M2 each is listed once and nothing else is, M3 what is called listed is as it is now, or
nobody sells it any more, M4 what others filled at the shop stands as they left it, M5 windows of
time are closed on what was made in them.
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, defaultdict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from typing import Final

import msgspec

from counterfoil.flows.route import Need, Plan
from counterfoil.rehearse.cast.estate import (
    OUTLET,
    PRODUCTS,
    SOURCE,
    TARGET,
    Goods,
    to_outlet,
)
from counterfoil.rehearse.cast.goods import Article
from counterfoil.rehearse.worlds.arrival import all_here
from counterfoil.rehearse.worlds.plans import hastened
from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.rehearse.worlds.snapshot import Snapshot
from counterfoil.rehearse.worlds.verdict import Verdict

_WAIT_S: Final = 120.0  # for what a variant or a kit needs
_AT_TARGET: Final = (4, 5)  # delivered, confirmed
_EXCLUDED = 10
_BACK_S: Final = (0.1, 6.0)
_OF_PRODUCT: Final = ("title", "description")
_OF_VARIANT: Final = ("sku", "barcode", "price", "weight_g", "hs_code", "origin", "title")


def plans(recipe: Recipe) -> dict[str, Plan]:
    """The routes of a world with products, beside its orders'."""
    if not recipe.products:
        return {}
    targets = {PRODUCTS: SOURCE}
    if recipe.hanging:
        targets[to_outlet(PRODUCTS)] = OUTLET
    return {
        name: hastened(
            recipe,
            Plan(
                "product",
                TARGET,
                target,
                "merchandising",
                mode="schedule",
                cadence_s=recipe.cadence_s,
                window_s=recipe.window_s,
                needs={"product": Need(_WAIT_S)},
            ),
        )
        for name, target in targets.items()
    }


class Merchandisers:
    """Who enters products while the world goes on, and prices them; and what of `Recipe.rates`
    befalls them beside it, counted in `reached`."""

    def __init__(self, recipe: Recipe, goods: Goods, reached: Counter[str]) -> None:
        self._chance = random.Random(f"catalogue|{recipe.seed}")
        self._office, self._shelves = goods
        self._reached = reached
        self._rates = recipe.rates_of("catalogue")
        self._mean_s = (recipe.spread_s + recipe.linger_s) / max(1, 12 * recipe.products)
        self._parents: list[str] = []
        self._codes: dict[str, str] = {}  # of what is sold
        self._owner: dict[str, str] = {}
        self._kits: dict[str, str] = {}
        self._given_up: list[str] = []
        self._ended: list[str] = []
        self._count = 0
        self._marks: dict[str, dict[str, str]] = defaultdict(dict)
        ways: Mapping[str, Callable[[str], Awaitable[None]]] = {
            "renamed": self._rename,
            "code_taken_over": self._take_over,
            "back_again": self._back_again,
            "saved_again": self._save_again,
            "blanked": self._blank,
            "archived": self._archive,
            "revived": self._revive,
            "merged": self._merge,
            "made_a_kit": self._make_a_kit,
            "unmade_a_kit": self._unmake_a_kit,
            "titled_alike": self._title_alike,
            "marked_by_hand": self._mark,
            "made_by_hand": self._make_by_hand,
        }
        self._ways = {name: way for name, way in ways.items() if name in self._rates}
        for _ in range(recipe.products):
            self._new_product()

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            await asyncio.sleep(self._chance.expovariate(1 / self._mean_s))
            befalls = [name for name in self._ways if self._chance.random() < self._rates[name]]
            if not befalls or not self._codes:
                self._as_usual()
                continue
            await self._ways[self._chance.choice(befalls)](self._one())

    def marks_at(self, shop: str) -> Mapping[str, str]:
        """What somebody filled by hand at a shop, by the key of the product."""
        return self._marks[shop]

    def _as_usual(self) -> None:
        usual = self._chance.random()
        if usual < 0.1 or not self._codes:
            self._new_product()
        elif usual < 0.3:
            self._new_variant(self._chance.choice(self._parents))
        elif usual < 0.5:
            self._edit_product(self._chance.choice(self._parents))
        else:
            self._edit_variant(self._one())

    def _one(self) -> str:
        return self._chance.choice(sorted(self._codes))

    def _number(self) -> int:
        self._count += 1
        return self._count

    def _met(self, name: str) -> None:
        self._reached[f"catalogue.{name}"] += 1

    # --- the usual ---

    def _new_product(self) -> None:
        number = self._number()
        self._parents.append(self._office.make(f"P-{number}", f"Product {number}"))
        for _ in range(self._chance.randrange(1, 4)):
            self._new_variant(self._parents[-1])

    def _new_variant(self, parent: str) -> None:
        number = self._number()
        code = f"SKU-{number}"
        key = self._office.make(code, f"Variant {number}", parent)
        self._codes[key], self._owner[key] = code, parent
        if self._chance.random() < 0.8:  # else somebody saves it and looks up the rest
            self._edit_variant(key)

    def _edit_product(self, key: str) -> None:
        number = self._number()
        fields = {"title": f"Product {number}", "description": f"<p>As of {number}</p>"}
        name = self._chance.choice(sorted(fields))
        self._office.edit(key, **{name: fields[name]})

    def _edit_variant(self, key: str) -> None:
        number = self._number()
        fields: dict[str, str | int] = {
            "title": f"Variant {number}",
            "barcode": f"50{number:011d}",
            "price_minor": self._chance.randrange(0, 20_000),
            "weight": f"{self._chance.randrange(0, 3000) / 1000:.3f}",
            "hs_code": f"{self._chance.randrange(1000, 9999)}.{self._chance.randrange(10, 99)}",
            "origin": self._chance.choice(("GB", "CN", "FR")),
        }
        names = self._chance.sample(sorted(fields), k=self._chance.randint(1, 4))
        self._office.edit(key, **{name: fields[name] for name in names})

    # --- what befalls them ---

    async def _rename(self, key: str) -> None:
        self._met("renamed")
        self._given_up.append(self._codes[key])
        self._call(key, f"SKU-{self._number()}-R")

    async def _take_over(self, key: str) -> None:
        """A code that another one gave up is borne by this one now."""
        if self._given_up:
            self._met("code_taken_over")
            self._call(key, self._given_up.pop())

    def _call(self, key: str, code: str) -> None:
        self._codes[key] = code
        self._office.edit(key, sku=code)

    async def _back_again(self, key: str) -> None:
        """What was changed is as it was, before or after anybody listed it."""
        self._met("back_again")
        title = self._article(key).title
        self._office.edit(key, title=f"{title} (new)")
        await asyncio.sleep(self._chance.uniform(*_BACK_S))
        self._office.edit(key, title=title)

    async def _save_again(self, key: str) -> None:
        self._met("saved_again")
        self._office.edit(self._chance.choice((key, self._owner[key])))

    async def _blank(self, key: str) -> None:
        """What was said is said no more; without a title the shop takes nothing."""
        self._met("blanked")
        name = self._chance.choice(("barcode", "hs_code", "origin", "description", "title"))
        of_product = name in _OF_PRODUCT
        self._office.edit(self._owner[key] if of_product else key, **{name: ""})

    async def _archive(self, key: str) -> None:
        if len(self._codes) > 2:
            self._met("archived")
            self._office.end(key)
            self._over(key)

    async def _revive(self, key: str) -> None:
        if self._ended:
            self._met("revived")
            again = self._ended.pop(self._chance.randrange(len(self._ended)))
            self._office.revive(again)
            self._office.edit(self._owner[again])
            self._codes[again] = self._article(again).sku

    async def _merge(self, key: str) -> None:
        heirs = sorted({*self._codes} - {key})
        if len(heirs) > 1:
            self._met("merged")
            self._office.end(key, self._chance.choice(heirs))
            self._over(key)

    async def _make_a_kit(self, key: str) -> None:
        """Of one that is no kit itself, nor the part of another."""
        parts = sorted({*self._codes} - {key, *self._kits})
        if parts and key not in {*self._kits, *self._kits.values()}:
            self._met("made_a_kit")
            self._kits[key] = self._chance.choice(parts)
            self._office.kit(key, {self._kits[key]: self._chance.randint(1, 3)})

    async def _unmake_a_kit(self, key: str) -> None:
        kits = sorted({*self._kits} & {*self._codes})
        if kits:
            self._met("unmade_a_kit")
            kit = self._chance.choice(kits)
            del self._kits[kit]
            self._office.kit(kit, {})

    async def _title_alike(self, key: str) -> None:
        """Two variants of one product that nothing tells apart."""
        others = [k for k in sorted(self._codes) if self._owner[k] == self._owner[key] and k != key]
        if others:
            self._met("titled_alike")
            self._office.edit(key, title=self._article(self._chance.choice(others)).title)

    async def _mark(self, key: str) -> None:
        """Somebody at a shop fills a field of a product that is there."""
        place = self._chance.choice(sorted(self._shelves))
        parents = [article.key for article in self._shelves[place].listed() if article.parent]
        if parents:
            self._met("marked_by_hand")
            parent, text = self._chance.choice(parents), f"By hand {self._number()}"
            self._shelves[place].mark_by_hand(parent, text)
            self._marks[place][parent] = text

    async def _make_by_hand(self, key: str) -> None:
        place, number = self._chance.choice(sorted(self._shelves)), self._number()
        self._met("made_by_hand")
        self._shelves[place].add_by_hand(f"By hand {number}", f"hand-{number}")
        self._marks[place][f"hand-{number}"] = ""

    def _article(self, key: str) -> Article:
        return next(article for article in self._office.articles() if article.key == key)

    def _over(self, key: str) -> None:
        del self._codes[key]
        self._kits.pop(key, None)
        self._ended.append(key)


# --- what must be true ---


class Books(msgspec.Struct):
    """What is judged of one route: what the office has, what the shop lists, and what people filled
    there by hand, by its key."""

    office: Sequence[Article]
    shop: Sequence[Article]
    marks: Mapping[str, str]


def judged(books: Books, snapshot: Snapshot, verdict: Verdict) -> None:
    """Say what is wrong with what the shop lists, and with what is known of it here."""
    for law in LAWS:
        sentences = [
            f"{law.__name__.lstrip('_')}: {fault}" for fault in law(books, snapshot, verdict)
        ]
        verdict.wrong += sentences


def _m1_nothing_lost(books: Books, snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """Every product of the office is here, in its newest version, and nothing else is."""
    changed_s = {article.key: article.changed_s for article in books.office}
    return all_here(snapshot, verdict, "product", changed_s, "exists at no office")


def _m2_once(books: Books, snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """Each is listed once, and only what the office has, or somebody made by hand."""
    known = {article.key for article in books.office} | books.marks.keys()
    for key, count in Counter(article.key for article in books.shop).items():
        if count > 1:
            verdict.duplicates_ab += count - 1
            yield f"product {key} is at the shop {count} times"
        if key not in known:
            verdict.undetected += 1
            yield f"the shop lists {key}, and the office has none"


def _m3_as_it_is(books: Books, snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """What is called listed is as it is now, in every field that goes there; what is sold no more
    is not for sale; of anything else a person is told."""
    shop = {article.key: article for article in books.shop}
    office = {article.key: article for article in books.office}
    for key, row in snapshot.deciding().items():
        if key not in office:
            continue
        listed = shop.get(key)
        if row["state"] in _AT_TARGET:
            if listed is None:
                verdict.losses += 1
                yield f"product {key} is called listed, and the shop has none"
                continue
            for fault in _differing(office[key], listed):
                verdict.undetected += 1
                yield f"product {key} is called listed, and {fault}"
        elif row["state"] == _EXCLUDED and (listed is not None or office[key].for_sale):
            verdict.undetected += 1
            yield f"product {key} was left out, and is for sale at the office or at the shop"


def _differing(office: Article, shop: Article) -> Iterator[str]:
    """What the shop lists otherwise. A weight or a price that is not said is the shop's own."""
    if not office.for_sale:
        if shop.for_sale:
            yield "is for sale, though it is sold no more"
        return
    if office.parent and not shop.for_sale:
        yield "is not for sale"
    for name in _OF_PRODUCT if office.parent else _OF_VARIANT:
        mine, theirs = getattr(office, name), getattr(shop, name)
        if name == "title" and not office.parent:
            mine = mine or office.sku
        if name == "hs_code":
            mine = mine.replace(".", "")
        if mine is not None and mine != theirs:
            yield f"has {name} {theirs!r} where the office has {mine!r}"


def _m4_untouched(books: Books, snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """What somebody filled or made at the shop is there as it was left."""
    shop = {article.key: article for article in books.shop}
    for key, text in books.marks.items():
        if key not in shop or shop[key].marks != text:
            verdict.losses += 1
            yield f"somebody wrote {text!r} on {key} at the shop, and it is gone"


def _m5_windows(books: Books, snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """A closed window lacks nothing and has nothing too much."""
    for window in snapshot.tables["census"]:
        if window["closed"] and (window["missing"] or window["phantom"]):
            yield f"the window of {window['start']:%H:%M} closed on a difference"


LAWS: Final = (_m1_nothing_lost, _m2_once, _m3_as_it_is, _m4_untouched, _m5_windows)
