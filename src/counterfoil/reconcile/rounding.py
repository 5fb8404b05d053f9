"""Rounding: the tax of an order by the two rules that systems round it by.

Tax that is not included in prices is rounded for each line, or once for everything of one rate.
Both are right, and they differ by a minor unit now and then: that difference can be computed.
"""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

import msgspec

from counterfoil.model.order import Order
from counterfoil.values.money import rounded


class Rules(msgspec.Struct, frozen=True):
    """The tax of one order by either rule, halves away from zero, in minor units."""

    by_line: int
    whole: int


def tax_rules(order: Order) -> Rules | None:
    """The tax by either rule; None where prices contain it, or a rate is not told."""
    taxed = [(line.total_minor, line.tax_rate) for line in order.lines]
    taxed += [(charge.amount_minor, charge.tax_rate) for charge in (*order.shipping, *order.extras)]
    if order.tax_included or not taxed or not all(rate for _, rate in taxed):
        return None
    exact: dict[str, Fraction] = defaultdict(Fraction)
    by_line = 0
    for amount, rate in taxed:
        tax = amount * Fraction(rate)
        exact[rate] += tax
        by_line += _rounded(tax)
    return Rules(by_line, sum(map(_rounded, exact.values())))


def other_rule(order: Order) -> int:
    """By how much the order's tax were more by the rule that it does not follow, in minor units;
    0 where both say the same, or it follows neither."""
    rules = tax_rules(order)
    if rules is None or order.tax_minor not in (rules.by_line, rules.whole):
        return 0
    return rules.by_line + rules.whole - 2 * order.tax_minor


def _rounded(amount: Fraction) -> int:
    return rounded(amount.numerator, amount.denominator)
