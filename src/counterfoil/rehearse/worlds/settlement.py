"""Payouts in a world: what must be true of everything that went to the bank.

Asked of the twins' own books: what the shop's provider paid out, and what moved the accounts of who
keeps books. A payout takes off the clearing account what its payments and repayments brought there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from counterfoil.flows.route import Plan
from counterfoil.rehearse.cast.estate import BANK, CLEARING, PAYOUTS, SOURCE
from counterfoil.rehearse.worlds.arrival import all_here
from counterfoil.rehearse.worlds.plans import hastened
from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.rehearse.worlds.snapshot import Snapshot
from counterfoil.rehearse.worlds.verdict import Check, Verdict

_AT_TARGET: Final = (4, 5)  # delivered, confirmed
_KNOWN: Final = (6, 7, 8, 9)
"""Drifted, in doubt, held, refused: a person is told."""


def plans(recipe: Recipe) -> dict[str, Plan]:
    """The route of a world with payouts, beside its orders'."""
    if not recipe.days:
        return {}
    plan = Plan(
        "settlement",
        SOURCE,
        recipe.target,
        "finance",
        mode="schedule",
        cadence_s=recipe.cadence_s,
        window_s=recipe.window_s,
    )
    return {PAYOUTS: hastened(recipe, plan)}


def _s1_nothing_lost(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """Every payout of the provider is here, as it is now, and nothing else is."""
    changed_s = {payout.key: payout.changed_s for payout in snapshot.payouts}
    return all_here(snapshot, verdict, "payout", changed_s, "was never made")


def _s2_at_the_bank_once(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """What is called posted came to the bank once and to the penny; what did not go was not posted,
    unless a person knows of it."""
    paid = {payout.key: payout for payout in snapshot.payouts}
    came: dict[str, list[int]] = {}
    for row in snapshot.accounts:
        if row.facts["account"] == BANK:
            came.setdefault(row.reference.rpartition("-")[0], []).append(row.measure.amount)
    for key, row in snapshot.deciding().items():
        amounts = came.pop(key, [])
        if row["state"] in _KNOWN or key not in paid:
            continue
        posted = row["state"] in _AT_TARGET
        if amounts != ([paid[key].measure.amount] if posted else []):
            verdict.undetected += 1
            yield f"payout {key} stands at {row['state']}, and the bank has {amounts} of it"
        if posted and paid[key].facts["status"] != "PAID":
            yield f"payout {key} is posted, and it is {paid[key].facts['status']}"
    for key in sorted(came):
        verdict.undetected += 1
        yield f"the bank has {came[key]} of payout {key}, which nobody made"


def _s3_cleared(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """A payout that is called posted has taken off the clearing account what its payments and
    repayments come to."""
    trade, taken = Counter[str](), Counter[str]()
    for row in snapshot.provider:
        trade[str(row.facts["account"])] += row.measure.amount
    for row in snapshot.accounts:
        if row.facts["account"] == CLEARING:
            taken[row.reference.rpartition("-")[0]] -= row.measure.amount
    for key, row in snapshot.deciding().items():
        if row["state"] in _AT_TARGET and trade[key] != taken[key]:
            verdict.undetected += 1
            yield f"payout {key} took {taken[key]} off the clearing account, of {trade[key]}"


POSTED: tuple[Check, ...] = (_s1_nothing_lost, _s2_at_the_bank_once, _s3_cleared)
