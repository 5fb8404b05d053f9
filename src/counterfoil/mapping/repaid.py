"""What a refund comes to where its source names its parts, and apart from them the money.

The two need not agree: a fee is kept, a sum is given beside the goods, an exchange takes a part, a
rate of exchange has moved. What is between them becomes an adjustment of its own kind, so that a
refund always adds up and nothing is hidden in a line.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from counterfoil.model.line import Charge, Line
from counterfoil.model.refund import Adjustment, AdjustmentKind, Credit, RefundKind, Repayment


class Named(NamedTuple):
    """The parts that a source names, in minor units; `included`: they contain their tax."""

    lines: tuple[Credit, ...]
    shipping: tuple[Charge, ...]
    duties: tuple[Adjustment, ...]
    included: bool

    @property
    def tax_minor(self) -> int:
        """The tax of all of them."""
        return sum(part.tax_minor for part in (*self.lines, *self.shipping, *self.duties))

    @property
    def worth_minor(self) -> int:
        """What they come to with their tax."""
        amounts = sum(part.amount_minor for part in (*self.lines, *self.shipping, *self.duties))
        return amounts if self.included else amounts + self.tax_minor


class Evidence(NamedTuple):
    """What tells why the money differs from what is named: `reasons` in our words, whether goods
    were `returned`, and whether the customer's own currency shows no difference (`rate`)."""

    reasons: Sequence[AdjustmentKind] = ()
    returned: bool = False
    rate: bool = False


def credit(line: Line, quantity: int) -> Credit:
    """What so many units of a line, as it was ordered, are worth: their share of it."""
    part = line.part(min(quantity, line.quantity))
    return Credit(
        part.key, part.sku, quantity, part.total_minor, part.tax_minor, part.title, part.tax_rate,
        part.taxes, part.kind, part.variant,
    )  # fmt: skip


def at_stake(repayments: Sequence[Repayment]) -> int:
    """The money that goes back, or was meant to: what failed and was tried again counts once."""
    live = [paid.amount_minor for paid in repayments if paid.state != "failed"]
    failed = {
        (paid.gateway, paid.parent, paid.amount_minor)
        for paid in repayments
        if paid.state == "failed" and paid.amount_minor not in live
    }
    return sum(live) + sum(amount for _, _, amount in failed)


def fitting(readings: Iterable[Named], total_minor: int) -> Named:
    """That one of several readings of the parts which comes to the money; else the first. Where no
    money moves nothing is credited."""
    several = [*readings]
    if not total_minor:
        return Named((), (), (), several[0].included)
    return next((named for named in several if named.worth_minor == total_minor), several[0])


def difference(named: Named, total_minor: int, evidence: Evidence) -> tuple[Adjustment, ...]:
    """What stands between the parts and the money, under the kind that the evidence gives it."""
    beyond = total_minor - named.worth_minor
    return (Adjustment(_kind(named, beyond, evidence), beyond),) if beyond else ()


def _kind(named: Named, beyond: int, evidence: Evidence) -> AdjustmentKind:
    if evidence.rate:
        return "rate"
    if beyond > 0:
        return "goodwill"
    stated: Collection[AdjustmentKind] = {*evidence.reasons}
    if len(stated) == 1:
        (only,) = stated
        return "difference" if only == "goodwill" else only
    return "exchange" if evidence.returned and not stated else "difference"


def kind_of(
    named: Named, adjustments: Sequence[Adjustment], *, cancelled: bool, returned: bool
) -> RefundKind:
    """What sort of refund it is, by its parts."""
    if any(adjustment.kind == "exchange" for adjustment in adjustments):
        return "exchange"
    if not (named.lines or named.shipping or named.duties) and adjustments:
        return "goodwill"
    if returned:
        return "return"
    return "cancel" if cancelled else "refund"
