"""Money of an estate by the twins' own books: what was sold and paid back, paid out, and cleared.

A clearing account holds what customers paid and the provider has not paid out yet:

what stands there = payments of invoices and credit notes, less what payouts took
                  = the provider's payments and repayments that are in no payout of the books
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Final

import msgspec
from msgspec.structs import replace

from counterfoil.rehearse.cast.book import Booked, Moved
from counterfoil.rehearse.demo.books import Money


class Ledger(msgspec.Struct, frozen=True):
    """The books' total in one currency, in minor units: what orders come to at their shop, less
    what went back; invoices less credit notes; what somebody knows is not there; and what nothing
    explains."""

    sold_minor: int
    booked_minor: int
    told_minor: int
    unexplained_minor: int


class Cleared(msgspec.Struct, frozen=True):
    """A clearing account in one currency, in minor units: what stands on it; what of that is not
    paid out yet; what of it somebody knows of; and what nothing explains, order by order."""

    stands_minor: int
    waiting_minor: int
    told_minor: int
    unexplained_minor: int


def as_sold(
    orders: Iterable[Booked], refunds: Iterable[Booked], within: Collection[str]
) -> list[Booked]:
    """Orders as who was sent them has them: without what went back `within` the order, and with
    what is told by a refund of its own."""
    money, pieces = Counter[str](), Counter[str]()
    for refund in refunds:
        if refund.key not in within:
            money[refund.of] += refund.minor
            pieces[refund.of] += sum(refund.units.values())
    return [
        replace(
            order, minor=order.minor + money[order.key], pieces=order.pieces + pieces[order.key]
        )
        for order in orders
    ]


def without_goods(documents: Iterable[Booked]) -> list[Booked]:
    """Documents whose pieces are counted elsewhere, where they move."""
    return [replace(document, pieces=0, units={}) for document in documents]


def arrived(moved: Iterable[Moved], bank: str) -> list[Booked]:
    """Payouts as a bank account has them: each movement under the key of its payout."""
    return [
        Booked(row.reference, row.reference.rpartition("-")[0], row.minor, row.currency, 0)
        for row in moved
        if row.account == bank
    ]


def cleared(
    booked: Iterable[Moved],
    provider: Iterable[Moved],
    orders: Mapping[str, str],
    trouble: Collection[str],
) -> dict[str, Cleared]:
    """What stands on a clearing account, by currency. `booked` is what moved it: payments by what
    the books call an order or a refund (`orders` are their keys), payouts by their steps.
    `provider` is what moved the provider's balance, each under its order, in the account of its
    payout. `trouble` are the orders and payouts of which somebody knows that they differ."""
    stands_minor, waiting_minor, told_minor, unexplained_minor = (Counter[str]() for _ in range(4))
    gaps, payouts = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    for row in booked:
        stands_minor[row.currency] += row.minor
        if row.reference in orders:
            gaps[orders[row.reference], row.currency] += row.minor
        else:
            payouts[row.reference.rpartition("-")[0], row.currency] += row.minor
    posted_keys = {key for key, _ in payouts}
    for row in provider:
        gaps[row.reference, row.currency] -= row.minor
        if row.account in posted_keys:
            payouts[row.account, row.currency] += row.minor
        else:
            waiting_minor[row.currency] += row.minor
    for (key, currency), minor in (*gaps.items(), *payouts.items()):
        if key in trouble:
            told_minor[currency] += minor
        else:
            unexplained_minor[currency] += abs(minor)
    return {
        currency: Cleared(
            stands_minor[currency],
            waiting_minor[currency],
            told_minor[currency],
            unexplained_minor[currency],
        )
        for currency in sorted({*stands_minor, *waiting_minor, *unexplained_minor})
    }


def ledger(
    orders: Iterable[Booked],
    within: Iterable[Booked],
    sales: Mapping[str, Money],
    credits: Mapping[str, Money],
) -> dict[str, Ledger]:
    """The books' totals by currency, against orders as their shop has them now. `within` are the
    refunds that were off an order before it was sent; `sales` and `credits` are the money of the
    two routes, whose amounts that never arrived somebody knows of."""
    sold_minor, off_minor = Counter[str](), Counter[str]()
    for order in orders:
        sold_minor[order.currency] += order.minor
    for refund in within:
        off_minor[refund.currency] += refund.minor
    totals: dict[str, Ledger] = {}
    for currency in sorted({*sold_minor, *sales, *credits} - {""}):
        invoiced, noted = sales.get(currency, _NOUGHT), credits.get(currency, _NOUGHT)
        booked_minor = invoiced.target_minor - noted.target_minor
        told_minor = invoiced.not_there_minor + invoiced.told_minor
        told_minor -= noted.not_there_minor + noted.told_minor - off_minor[currency]
        left_minor = sold_minor[currency] - booked_minor - told_minor
        totals[currency] = Ledger(sold_minor[currency], booked_minor, told_minor, left_minor)
    return totals


_NOUGHT: Final = Money(0, 0, 0, 0, 0)
