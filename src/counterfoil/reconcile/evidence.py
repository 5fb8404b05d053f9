"""Evidence: what documents state that may be in one of two books and not in the other.

Each amount has the sign that its cause has: by so much more was paid out than the order says. An
amount that nobody states is never offered.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from counterfoil.model.order import Order
from counterfoil.model.refund import Refund
from counterfoil.model.settlement import Row, Settlement
from counterfoil.reconcile.explain import Stated, explain
from counterfoil.reconcile.rounding import other_rule

Entries = Sequence[tuple[Settlement, Row]]
"""The entries that are of one order, each with its payout."""

_OTHERS: Final[Mapping[str, str]] = {
    "dispute": "chargeback",
    "dispute-reversal": "chargeback",
    "fee": "fee",
    "fee-tax": "fee",
    "adjustment": "adjustment",
}
"""By kind of an entry what it is called where it is of an order."""

OF_ORDERS: Final = frozenset({"charge", "refund", *_OTHERS})
"""Kinds of entries that are held against an order where they name one."""


def explained(
    difference: int, entries: Entries, order: Order, refunds: Iterable[Refund]
) -> tuple[Stated, ...]:
    """The causes that make up by how much more was paid out than `order` says; empty where what is
    stated does not, or does in two ways.

    A rule of rounding explains alone or not at all: a penny beside other amounts would make the
    sum of a near miss.
    """
    amounts = [
        *_of_entries(entries),
        *_of_payments(entries, order),
        *(Stated("tip", f"line {line.key} of the order", -line.total_minor)
          for line in order.lines if line.kind == "tip"),
        *_of_refunds(entries, refunds),
    ]  # fmt: skip
    rounding = Stated("rounding", "tax by line against tax of the whole", other_rule(order))
    if rounding.minor == difference:
        amounts.append(rounding)
    return explain(difference, amounts, either=False)


def _of_entries(entries: Entries) -> Iterable[Stated]:
    charged = [payout.issued for payout, row in entries if row.kind == "charge"]
    times = Counter[int]()
    for payout, row in entries:
        place = f"entry {row.key} of payout {payout.key}"
        if row.kind == "refund":
            later = bool(charged) and payout.issued > min(charged)
            yield Stated("refund-later" if later else "refund", place, row.amount_minor)
        elif row.kind in _OTHERS:
            yield Stated(_OTHERS[row.kind], place, row.amount_minor)
        elif times[row.amount_minor]:
            yield Stated("duplicate", place, row.amount_minor)
        times[row.amount_minor] += 1


def _of_payments(entries: Entries, order: Order) -> Iterable[Stated]:
    """Money that came by another way. A payment of just what was charged is the one that was paid
    out, and explains nothing."""
    charged = Counter(row.amount_minor for _, row in entries if row.kind == "charge")
    for payment in order.payments:
        if payment.kind or payment.amount_minor not in charged:
            cause = payment.kind or "other-payment"
            yield Stated(cause, f"{payment.gateway} of the order", -payment.amount_minor)


def _of_refunds(entries: Entries, refunds: Iterable[Refund]) -> Iterable[Stated]:
    """Refunds that no entry is of yet: the order is less by them, and the payout is still to be."""
    paid = {row.refund for _, row in entries if row.kind == "refund"}
    amounts = Counter(row.amount_minor for _, row in entries if row.kind == "refund")
    for refund in refunds:
        if refund.gone or refund.key in paid or amounts[-refund.total_minor]:
            continue
        yield Stated("refund-later", f"refund {refund.key}, not paid out yet", refund.total_minor)
