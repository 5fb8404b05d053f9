"""What a sales history paid back: its cancellations, each matched to the sales that it undoes.

A cancellation names a customer, products and pieces, and no sale. Each of its lines is matched to
that customer's earlier sales of the product, the latest first, as far as pieces are left that no
earlier cancellation took; all of its lines, or none. What is not matched is held for a person, for
the first of these reasons that is so of a line:

* `no-customer`: a till's cancellation, which names nobody;
* `no-goods`: a discount, a fee or postage, of which no sale has pieces;
* `never-sold`: the file has no earlier sale of the product to this customer;
* `more-than-left`: it has, of fewer pieces than come back;
* `above-its-price`: more goes back for a piece than any such sale took for it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Final, Literal, NamedTuple, get_args

import msgspec

from counterfoil.rehearse.traffic.stockcode import meaning

Reason = Literal["no-customer", "no-goods", "never-sold", "more-than-left", "above-its-price"]
_REASONS: Final[tuple[Reason, ...]] = get_args(Reason)
_GOODS: Final = frozenset({"product", "gift-card"})


class Repaid(msgspec.Struct, frozen=True):
    """The cancellations of a period: `invoices` = `matched` + all that are `held`, by reason; and
    the same in whole minor units: `gross_minor` is what went back by all of them."""

    invoices: int = 0
    matched: int = 0
    held: Mapping[str, int] = {}
    gross_minor: int = 0
    matched_minor: int = 0
    held_minor: Mapping[str, int] = {}

    def __add__(self, other: Repaid) -> Repaid:
        return Repaid(
            self.invoices + other.invoices,
            self.matched + other.matched,
            dict(Counter(self.held) + Counter(other.held)),
            self.gross_minor + other.gross_minor,
            self.matched_minor + other.matched_minor,
            dict(Counter(self.held_minor) + Counter(other.held_minor)),
        )


class Row(NamedTuple):
    """A line of an invoice: when, whose, of what, how many pieces (less than 0: back), at how much
    each, in minor units; `counts` says whether its invoice is of the period."""

    placed_s: int
    invoice: str
    customer: str
    code: str
    quantity: int
    unit_minor: int
    counts: bool


class _Lot:
    """Pieces of a product that a sale had, and how many of them are left."""

    __slots__ = ("remaining", "unit_minor")

    def __init__(self, quantity: int, unit_minor: int) -> None:
        self.remaining = quantity
        self.unit_minor = unit_minor


_Lots = Mapping[tuple[str, str], list[_Lot]]


def matched(rows: Iterable[list[Row]]) -> Repaid:
    """Match the cancellations among these invoices, which come in the order of time, a sale before
    a cancellation of the same moment."""
    lots: defaultdict[tuple[str, str], list[_Lot]] = defaultdict(list)
    counts, sums = Counter[str](), Counter[str]()
    for invoice in rows:
        if invoice[0].quantity > 0:
            for row in invoice:
                lots[row.customer, row.code].append(_Lot(row.quantity, row.unit_minor))
            continue
        reason = _taken(invoice, lots)
        if invoice[0].counts:
            counts[reason] += 1
            sums[reason] += sum(-row.quantity * row.unit_minor for row in invoice)
    held = [reason for reason in _REASONS if counts[reason]]
    return Repaid(
        invoices=counts.total(),
        matched=counts[""],
        held={reason: counts[reason] for reason in held},
        gross_minor=sums.total(),
        matched_minor=sums[""],
        held_minor={reason: sums[reason] for reason in held},
    )


def _taken(invoice: list[Row], lots: _Lots) -> str:
    """Take what an invoice brings back from the lots; or the reason why nothing was taken."""
    takes: Counter[_Lot] = Counter()
    reasons: set[Reason] = set()
    for row in invoice:
        if reason := _line(row, lots, takes):
            reasons.add(reason)
    if reasons:
        return min(reasons, key=_REASONS.index)
    for lot, pieces in takes.items():
        lot.remaining -= pieces
    return ""


def _line(row: Row, lots: _Lots, takes: Counter[_Lot]) -> Reason | None:
    if not row.customer:
        return "no-customer"
    if meaning(row.code).becomes not in _GOODS:
        return "no-goods"
    sold = lots.get((row.customer, row.code), [])
    if not sold:
        return "never-sold"
    wanted = -row.quantity
    if sum(lot.remaining - takes[lot] for lot in sold) < wanted:
        return "more-than-left"
    for lot in reversed(sold):
        if lot.unit_minor >= row.unit_minor:
            pieces = min(wanted, lot.remaining - takes[lot])
            takes[lot] += pieces
            wanted -= pieces
    return "above-its-price" if wanted else None
