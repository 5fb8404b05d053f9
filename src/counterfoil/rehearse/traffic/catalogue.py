"""What the generated shop sells: invented goods at measured prices and popularity.

The catalogue never changes, whatever the seed of a run: a product has one price for ever.
"""

from __future__ import annotations

import random
from functools import cache
from itertools import accumulate, pairwise, product
from typing import Final

import msgspec

from counterfoil.rehearse.traffic.shape import SHAPE

_COLOURS = (
    "Amber",
    "Blue",
    "Cream",
    "Duck Egg",
    "Green",
    "Heather",
    "Ivory",
    "Lilac",
    "Mustard",
    "Navy",
    "Pink",
    "Red",
    "White",
)
_STYLES = (
    "Bird",
    "Check",
    "Daisy",
    "Enamel",
    "Folk",
    "Gingham",
    "Heart",
    "Lace",
    "Owl",
    "Paisley",
    "Retro",
    "Rose",
    "Spotty",
    "Star",
    "Striped",
)
# From cheap to dear, two of the measured prices each.
_GOODS = (
    "Gift Wrap",
    "Key Ring",
    "Candle",
    "Napkins",
    "Egg Cup",
    "Jam Jar",
    "Mug",
    "Notebook",
    "Tea Towel",
    "Bunting",
    "Lunch Bag",
    "Apron",
    "Trinket Box",
    "Photo Frame",
    "Biscuit Tin",
    "Cushion",
    "Doormat",
    "Teapot",
    "Cake Stand",
    "Wall Clock",
)
_FIRST_SKU: Final = 30_001


class Product(msgspec.Struct, frozen=True):
    """One product; `unit_minor` in pence, VAT inside."""

    sku: str
    title: str
    unit_minor: int


@cache
def catalogue() -> tuple[Product, ...]:
    """All 3,900 products, the most popular first."""
    chance = random.Random("catalogue")
    goods = [
        (f"{colour} {style} {thing}", _price(chance, dearness))
        for colour, style in product(_COLOURS, _STYLES)
        for dearness, thing in enumerate(_GOODS)
    ]
    chance.shuffle(goods)
    return tuple(
        Product(f"{_FIRST_SKU + rank}", title, unit_minor)
        for rank, (title, unit_minor) in enumerate(goods)
    )


def _price(chance: random.Random, dearness: int) -> int:
    """A measured price for the good at `dearness` in `_GOODS`, or one for its neighbours."""
    index = 2 * dearness + chance.randrange(-2, 4)
    return SHAPE.prices[min(max(index, 0), len(SHAPE.prices) - 1)]


@cache
def popularity() -> tuple[int, ...]:
    """Weights of `catalogue()`, accumulated: on how many lines this product or one above it is."""
    weights = [SHAPE.popularity[0][1]]
    for (rank, lines), (next_rank, next_lines) in pairwise(SHAPE.popularity):
        steps = next_rank - rank
        weights += [lines + (next_lines - lines) * step // steps for step in range(1, steps + 1)]
    return tuple(accumulate(weights))
