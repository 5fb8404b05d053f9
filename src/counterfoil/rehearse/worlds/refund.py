"""Refunds in a world: what must be true of all the money that went back for orders.

Asked of the two twins' own books: what the shop paid back, and what the target has credited. What
differs between them somebody knows of, or a rule says.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from counterfoil.flows.route import Need, Plan
from counterfoil.rehearse.cast.estate import REFUNDS, SOURCE
from counterfoil.rehearse.worlds.arrival import all_here
from counterfoil.rehearse.worlds.plans import hastened
from counterfoil.rehearse.worlds.recipe import Recipe
from counterfoil.rehearse.worlds.snapshot import Snapshot
from counterfoil.rehearse.worlds.verdict import Check, Verdict

_WAIT_S: Final = 120.0  # for the order that the money was paid for
_AT_TARGET: Final = (4, 5)  # delivered, confirmed
_KNOWN: Final = (6, 7, 8, 9)
"""Drifted, in doubt, held, refused: a person is told."""
_PREFIX: Final = "R-"


def plans(recipe: Recipe) -> dict[str, Plan]:
    """The route of a world in which money goes back, beside its orders'."""
    if not recipe.repaid:
        return {}
    plan = Plan(
        "refund",
        SOURCE,
        recipe.target,
        "service",
        mode="schedule",
        cadence_s=recipe.cadence_s,
        window_s=recipe.window_s,
        needs={"order": Need(_WAIT_S)},
    )
    return {REFUNDS: hastened(recipe, plan)}


def _r1_nothing_lost(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """Every refund of the shop is here, in its newest version, and nothing else is."""
    changed_s = {refund.key: refund.changed_s for refund in snapshot.paid_back}
    return all_here(snapshot, verdict, "refund", changed_s, "exists at no shop")


def _r2_once(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """One credit for each refund; a second one is shown to a person, and only where the target
    shows what it took later than is waited."""
    deciding = snapshot.deciding()
    for reference, count in Counter(credit.reference for credit in snapshot.credited).items():
        row = deciding.get(reference.removeprefix(_PREFIX))
        if count > 1 and not (snapshot.recipe.lag_beyond and row and row["state"] in _KNOWN):
            verdict.undetected += 1
            yield f"credit {reference} is at the target {count} times"


def _r3_to_the_penny(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """What is called credited is there, with what really went back."""
    paid = {refund.key: refund.measure for refund in snapshot.paid_back}
    credited = {credit.reference: credit.measure.amount for credit in snapshot.credited}
    for key, row in snapshot.deciding().items():
        if row["state"] not in _AT_TARGET or key not in paid:
            continue
        amount = credited.get(f"{_PREFIX}{key}")
        if amount is None:
            verdict.losses += 1
            yield f"refund {key} is called credited, and the target has no credit of it"
        elif amount != paid[key].amount:
            verdict.undetected += 1
            yield f"of refund {key} {paid[key].amount} went back, and {amount} is credited"


def _r4_of_refunds_alone(snapshot: Snapshot, verdict: Verdict) -> Iterator[str]:
    """What is credited is a refund's that went, or that somebody knows of."""
    deciding = snapshot.deciding()
    for credit in snapshot.credited:
        row = deciding.get(credit.reference.removeprefix(_PREFIX))
        if row is None or row["state"] not in (*_AT_TARGET, *_KNOWN):
            verdict.undetected += 1
            yield f"the target has {credit.reference}, which nobody calls credited"


CREDITED: tuple[Check, ...] = (
    _r1_nothing_lost,
    _r2_once,
    _r3_to_the_penny,
    _r4_of_refunds_alone,
)
