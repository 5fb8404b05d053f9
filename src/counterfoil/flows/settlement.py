"""What is special about moving settlements: a payout goes once, and only when it is whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

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
from counterfoil.model.settlement import Row, Settlement, check
from counterfoil.values.errors import Refuse
from counterfoil.values.money import Money


class Gates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which payouts a route tells. `currencies`: those of these only; empty: of any."""

    currencies: tuple[str, ...] = ()


TEST: Final = LeftOut("test", "a test at its source")
CANCELLED: Final = LeftOut("cancelled", "cancelled: its entries go into another payout")

_NEVER_AGAIN: Final = frozenset({"failed", "cancelled"})
_WORDS: Final = {"in-transit": "on its way to the bank", "expected": "expected"}


def standing(settlement: Settlement, gates: Gates) -> Standing:
    """Whether the rules let this payout go, before it was ever told."""
    if settlement.gone:
        return CANCELLED
    if settlement.status == "failed":
        return LeftOut("payout-failed", "the bank did not take it: its money goes into another")
    if gates.currencies and settlement.currency not in gates.currencies:
        return LeftOut("not-this-currency", f"it is in {settlement.currency}")
    if settlement.status != "paid":
        return Waits("not-paid-out", f"it is {_WORDS[settlement.status]}, and not paid out yet")
    return GOES


def follows(before: Settlement, now: Settlement) -> None:
    """Raise `Refuse` (code "illegal-payout-step") where a payout cannot have become what it is
    now."""
    if before.status in _NEVER_AGAIN and now.status not in _NEVER_AGAIN:
        raise Refuse(
            f"Payout {now.number} was {before.status}, and is {now.status} now: that cannot be.",
            do="Compare it with the provider's own statement, or set it aside.",
            code="illegal-payout-step",
        )


def happened(now: Settlement) -> str:
    """What a version that says something new tells in a word, of one that was told."""
    return "was taken back by the bank" if now.status in _NEVER_AGAIN else "was changed"


def changes(before: Settlement, now: Settlement) -> list[Change]:
    """What a newer version says otherwise that whoever was told would act on."""
    return [*_changed(before, now)]


def _changed(before: Settlement, now: Settlement) -> Iterator[Change]:
    if now.status != before.status:
        yield Change("status", before.status, now.status)
    if now.measure != before.measure:
        yield Change("payout", _money(before, before.net_minor), _money(now, now.net_minor))
    old, new = ({row.key: row for row in version.rows} for version in (before, now))
    for key in sorted(old.keys() | new.keys()):
        was, is_ = old.get(key), new.get(key)
        if was != is_:
            yield Change(f"entry {key}", _said(before, was), _said(now, is_))


def _said(settlement: Settlement, row: Row | None) -> str:
    if row is None:
        return ""
    amount, net = _money(settlement, row.amount_minor), _money(settlement, row.net_minor)
    return f"{row.kind} {amount}, {net} net"


def _money(settlement: Settlement, minor: int) -> str:
    return str(Money(minor, settlement.currency))


def quiet(before: Settlement, now: Settlement) -> list[Change]:
    """What a newer version says otherwise and nobody who was told need act on."""
    names = {"arrived": "day at the bank", "bank_reference": "bank reference"}
    pairs = {name: (getattr(before, name), getattr(now, name)) for name in names}
    return [Change(names[name], old, new) for name, (old, new) in pairs.items() if old != new]


RULES: Final = Rules(
    word="settlement",
    settings=Gates,
    decode=msgspec.msgpack.Decoder(Settlement).decode,
    standing=standing,
    check=check,
    part=all_of_it,
    noted=without_note("settlement"),
    changes=changes,
    quiet=quiet,
    happened=happened,
    test=TEST,
    gone=CANCELLED,
    whole=lambda settlement: settlement.complete,
    follows=follows,
)
"""What moving settlements needs."""
