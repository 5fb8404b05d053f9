"""What is special about moving fulfilments: which of them are told, when, and what is news."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

import msgspec

from counterfoil.flows.rules import (
    GOES,
    Change,
    LeftOut,
    Rules,
    Standing,
    Waits,
    all_of_it,
    without_note,
)
from counterfoil.model.document import Ref
from counterfoil.model.fulfilment import (
    Direction,
    Fulfilment,
    Parcel,
    check,
    may_follow,
    pieces_by_sku,
)
from counterfoil.values.clock import instant, later
from counterfoil.values.errors import Refuse


class Gates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which fulfilments a route tells, and when.

    `directions`: goods that went out, that came back, or both. `tracking_wait_s`: for so many
    seconds after the goods have left a fulfilment waits for its tracking number; then it is told
    without one, and the number follows when it comes. 0: it never waits.
    """

    directions: tuple[Direction, ...] = ("out",)
    tracking_wait_s: Annotated[float, msgspec.Meta(ge=0)] = 3600.0


TEST: Final = LeftOut("test", "a test at its source")
VOID: Final = LeftOut("void", "made void before it was told")
"""Two rules that are also asked of what could not be read: it need not be."""

_STILL_HERE: Final = frozenset({"planned", "picking", "packed"})
_WAYS: Final = {"out": "went out", "back": "came back"}


def standing(fulfilment: Fulfilment, gates: Gates) -> Standing:
    """Whether the rules let this fulfilment go, before it was ever told."""
    if fulfilment.gone:
        return VOID
    if fulfilment.direction not in gates.directions:
        return LeftOut("other-direction", f"its goods {_WAYS[fulfilment.direction]}")
    if fulfilment.status in _STILL_HERE:
        return LeftOut("not-shipped", f"its goods have not left: it is {fulfilment.status}")
    if fulfilment.tracked or fulfilment.direction == "back":
        return GOES
    until = later(instant(fulfilment.moved or fulfilment.updated), gates.tracking_wait_s)
    return Waits("no-tracking", "it waits for its tracking number", until)


def needs(fulfilment: Fulfilment, gates: Gates) -> tuple[Ref, ...]:
    """The order that the goods are of: whoever is told must know it."""
    return fulfilment.refs


def follows(before: Fulfilment, now: Fulfilment) -> None:
    """Raise `Refuse` (code "illegal-step") where a fulfilment cannot have become what it is now."""
    if not may_follow(before.status, now.status):
        raise Refuse(
            f"Fulfilment {now.number} was {before.status}, and is {now.status} now: that cannot"
            " be.",
            do="Correct it at the warehouse: it arrives again by itself. Or set it aside.",
            code="illegal-step",
        )


def happened(now: Fulfilment) -> str:
    """What a version that says something new tells in a word, of one that was told."""
    return f"was {'made void' if now.gone else 'changed'} at the warehouse"


def changes(before: Fulfilment, now: Fulfilment) -> list[Change]:
    """What a newer version says otherwise that whoever was told would act on."""
    news = [Change("the fulfilment", before.status, "void")] if now.gone > before.gone else []
    return [*news, *_goods(before, now), *_parcels(before.parcels, now.parcels)]


def quiet(before: Fulfilment, now: Fulfilment) -> list[Change]:
    """What a newer version says otherwise and nobody who was told need act on."""
    names = {"status": "status", "moved": "moment of leaving", "place": "place"}
    pairs = {name: (getattr(before, name), getattr(now, name)) for name in names}
    news = [Change(names[name], old, new) for name, (old, new) in pairs.items() if old != new]
    if before.shorts != now.shorts:
        news.append(Change("shorts", _short(before), _short(now)))
    return news


def _goods(before: Fulfilment, now: Fulfilment) -> Iterator[Change]:
    old, new = pieces_by_sku(before.holds), pieces_by_sku(now.holds)
    for sku in sorted(old | new):
        if old[sku] != new[sku]:
            yield Change(sku, str(old[sku]), str(new[sku]))


def _parcels(before: tuple[Parcel, ...], now: tuple[Parcel, ...]) -> Iterator[Change]:
    for name in ("carrier", "tracking", "url"):
        old, new = (
            ", ".join(filter(None, (getattr(parcel, name) for parcel in parcels)))
            for parcels in (before, now)
        )
        if old != new:
            yield Change(name, old, new)


def _short(fulfilment: Fulfilment) -> str:
    return ", ".join(f"{short.quantity} x {short.sku}" for short in fulfilment.shorts)


RULES: Final = Rules(
    word="fulfilment",
    settings=Gates,
    decode=msgspec.msgpack.Decoder(Fulfilment).decode,
    standing=standing,
    check=check,
    part=all_of_it,
    noted=without_note("fulfilment"),
    changes=changes,
    quiet=quiet,
    happened=happened,
    test=TEST,
    gone=VOID,
    needs=needs,
    follows=follows,
)
"""What moving fulfilments needs."""
