"""What is special about moving stock: levels come in place by place, pools of places go out.

A level is one SKU at one place, as the system says that counts it. Levels are delivered into the
house, which reckons from them what each pool may show (`flows/pools.py`); pools are listed from it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final, Literal

import msgspec

from counterfoil.flows.rules import (
    GOES,
    Change,
    LeftOut,
    Rules,
    Standing,
    all_of_it,
)
from counterfoil.model.stock import Stock, check

Ratio = Annotated[str, msgspec.Meta(pattern=r"^[1-9][0-9]{0,8}(?:/[1-9][0-9]{0,8})?$")]


class Gates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a route does with stock.

    Into the house: `places` says to which of our places each place of the source belongs; "": it
    counts nowhere, on purpose. Without it a place is called here as it is there. `units` says how
    many pieces a unit of the source holds, as "12" or "1000/3".
    Out of the house: `pools` names the places of each pool. Nothing leaves while a route of `after`
    was not listed to its end within `fresh_s`. `spend` "fixed" tells whatever has changed at each
    listing; "expected-loss" tells `calls` calls' worth of it, and first what is expected to sell
    most that is not there. Where there are only so many `calls_a_day`, one is made when it is worth
    it: what is at stake must be more than usual, unless calls are plenty. `scarce` "share" shares
    out what is scarce between pools that show the same places, by what their customers buy; "show"
    shows all of it in each.
    """

    places: dict[str, str] = {}
    units: dict[str, Ratio] = {}
    pools: dict[str, tuple[str, ...]] = {}
    after: tuple[str, ...] = ()
    fresh_s: Annotated[float, msgspec.Meta(gt=0)] = 900.0
    spend: Literal["expected-loss", "fixed"] = "fixed"
    scarce: Literal["share", "show"] = "show"
    calls: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 1
    calls_a_day: Annotated[int, msgspec.Meta(ge=0)] = 0


TEST: Final = LeftOut("test", "a test")
GONE: Final = LeftOut("cancelled", "its source does not count it any more")


def standing(level: Stock, gates: Gates) -> Standing:
    """A level always goes: what nobody may see is said by the one who takes it."""
    return GOES


def as_it_is(level: Stock, note: str) -> Stock:
    """A level has no note."""
    return level


def changes(before: Stock, now: Stock) -> list[Change]:
    """What a newer level says otherwise."""
    return [*_changed(before, now)]


def _changed(before: Stock, now: Stock) -> Iterator[Change]:
    for field in ("on_hand", "allocated", "quarantined", "incoming", "unit"):
        old, new = getattr(before, field), getattr(now, field)
        if old != new:
            yield Change(field.replace("_", " "), _said(old), _said(new))


def _said(amount: object) -> str:
    return "" if amount is None else str(amount)


def quiet(before: Stock, now: Stock) -> list[Change]:
    """Everything in a level is acted on."""
    return []


def happened(level: Stock) -> str:
    """What a newer level tells in a word."""
    return "was counted anew"


RULES: Final = Rules(
    word="stock",
    settings=Gates,
    decode=msgspec.msgpack.Decoder(Stock).decode,
    standing=standing,
    check=check,
    part=all_of_it,
    noted=as_it_is,
    changes=changes,
    quiet=quiet,
    happened=happened,
    test=TEST,
    gone=GONE,
)
"""What moving stock needs."""
