"""A payout as bookkeeping posts it: over a clearing account that it leaves at zero.

What customers paid and got back stands on the clearing account already: the payments of invoices
and credit notes were posted to it one by one. A payout takes off what the provider kept, gives back
what it added, and moves the rest to the bank.
"""

from __future__ import annotations

from collections import Counter
from typing import Final

import msgspec

from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.settlement import Settlement, check

TRADE: Final = frozenset({"charge", "refund"})
"""Kinds of entries whose amount is on the clearing account already."""
_WORDS: Final = {"dispute-reversal": "dispute"}
"""Kinds that share an account: what was taken there is given back there."""


class Posted(msgspec.Struct, frozen=True):
    """What goes to one account, in minor units of the payout's currency; `word` is what it is
    for, as the map of accounts calls it."""

    word: str
    account: str
    minor: int


class Clearing(msgspec.Struct, frozen=True):
    """What a payout moves on the clearing account: `costs` are taken from it and `credits` come to
    it, each above zero; `transfer_minor` goes to the bank (below zero: comes from it)."""

    trade_minor: int
    costs: tuple[Posted, ...]
    credits: tuple[Posted, ...]
    transfer_minor: int

    @property
    def left_minor(self) -> int:
        """What stays on the clearing account of this payout: zero."""
        costs, credits_ = (sum(line.minor for line in side) for side in (self.costs, self.credits))
        return self.trade_minor - costs + credits_ - self.transfer_minor


def clearing(settlement: Settlement, accounts: ValueMap) -> Clearing:
    """What a payout posts, each kind of entry to the account that `accounts` names for it: "fee",
    "fee-tax", "adjustment", "dispute", "reserve", "transfer", "advance", and the provider's own
    word of another kind.

    Raises `Hold` where the payout is not the sum of its entries, or a word has no account.
    """
    check(settlement)
    costs: Counter[str] = Counter()
    trade = 0
    for row in settlement.rows:
        costs["fee"] += row.fee_minor
        costs["fee-tax"] += row.fee_tax_minor
        if row.kind in TRADE:
            trade += row.amount_minor
        else:
            costs[_word(row.kind, row.word)] -= row.amount_minor
    lines = [
        Posted(word, accounts.look_up(word), minor)
        for word, minor in sorted(costs.items())
        if minor
    ]
    return Clearing(
        trade,
        tuple(line for line in lines if line.minor > 0),
        tuple(msgspec.structs.replace(line, minor=-line.minor) for line in lines if line.minor < 0),
        settlement.net_minor,
    )


def _word(kind: str, own: str) -> str:
    return own or kind if kind == "other" else _WORDS.get(kind, kind)
