"""Payouts against orders: what was paid out of each order, and what the order says of itself.

A comparison posts nothing. Every difference is a sum of amounts that a document states, each with
its cause, and a rest that is named as unexplained; both are whole minor units.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from counterfoil.model.order import Order
from counterfoil.model.settlement import Row, Settlement, sums
from counterfoil.reconcile.explain import Stated, explain

Kind = Literal["alike", "different", "missing", "other-currency"]
"""How the two books stand to each other: `missing` is an order that only payouts name."""

_TRADE: Final = frozenset({"charge", "refund"})
_MORE: Final = frozenset({"duplicate"})
"""Causes for which more was paid out than the order says; of every other cause it is less."""


class Tied(msgspec.Struct, frozen=True):
    """One order and what was paid out of it, in minor units of `currency`: `paid_out_minor` less
    `order_minor` is what `causes` and `unexplained_minor` come to together."""

    key: str
    number: str
    kind: Kind
    currency: str
    payouts: tuple[str, ...]
    paid_out_minor: int
    order_minor: int
    causes: tuple[Stated, ...]
    unexplained_minor: int


class Payout(msgspec.Struct, frozen=True):
    """One payout to the minor unit: what customers paid and got back, what the provider kept by
    kind of entry, and what went to the bank. `unnamed` entries are of no order, though they should
    be."""

    key: str
    status: str
    currency: str
    trade_minor: int
    kept_minor: Mapping[str, int]
    net_minor: int
    left_minor: int
    unnamed: int


class Totals(msgspec.Struct, frozen=True):
    """All of it in one currency, in minor units."""

    paid_out_minor: int
    order_minor: int
    explained_minor: int
    unexplained_minor: int


class Reconciled(msgspec.Struct, frozen=True):
    """What two books say. `open` counts orders that no payout names yet, `open_minor` their money
    by currency: they were paid otherwise, or are still to be paid out."""

    payouts: tuple[Payout, ...]
    tied: tuple[Tied, ...]
    currencies: Mapping[str, Totals]
    open: int
    open_minor: Mapping[str, int]

    @property
    def alike(self) -> int:
        """How many orders are the same in both books."""
        return sum(row.kind == "alike" for row in self.tied)

    @property
    def explained(self) -> int:
        """How many of the others are explained to the last minor unit."""
        return sum(row.kind != "alike" and not row.unexplained_minor for row in self.tied)


def wanted(payouts: Iterable[Settlement]) -> frozenset[str]:
    """The keys and numbers by which payouts name orders."""
    return frozenset(_name(row) for payout in payouts for row in payout.rows if _name(row))


def names(order: Order) -> tuple[str, str]:
    """By what a payout may name an order."""
    return order.key, _plain(order.number)


def reconcile(
    payouts: Sequence[Settlement], orders: Iterable[Order], still_open: Mapping[str, Sequence[int]]
) -> Reconciled:
    """Hold payouts against the orders that they name; `still_open` has the totals of the others by
    currency."""
    by_name = {name: order for order in orders for name in names(order)}
    counted = [payout for payout in payouts if payout.status not in ("failed", "cancelled")]
    entries: dict[tuple[str, str], list[tuple[Settlement, Row]]] = defaultdict(list)
    for payout in counted:
        for row in payout.rows:
            if row.kind in _TRADE and (name := _name(row)):
                order = by_name.get(name)
                key = order.key if order is not None else name
                entries[key, payout.currency].append((payout, row))
    tied = tuple(
        _tied(key, currency, rows, by_name.get(key))
        for (key, currency), rows in sorted(entries.items())
    )
    return Reconciled(
        tuple(_payout(payout) for payout in payouts),
        tied,
        _totals(tied),
        sum(map(len, still_open.values())),
        {currency: sum(minors) for currency, minors in sorted(still_open.items())},
    )


def _tied(
    key: str, currency: str, rows: Sequence[tuple[Settlement, Row]], order: Order | None
) -> Tied:
    paid_out = sum(row.amount_minor for _, row in rows)
    kind, total, number = _kind(order, currency, paid_out), 0, rows[0][1].order_number
    if order is not None and kind != "other-currency":
        total, number = order.total_minor, order.number
    causes = _causes(paid_out - total, rows, order) if kind == "different" else ()
    residual = paid_out - total - sum(cause.minor for cause in causes)
    payouts = tuple(dict.fromkeys(payout.key for payout, _ in rows))
    return Tied(key, number, kind, currency, payouts, paid_out, total, causes, residual)


def _kind(order: Order | None, currency: str, paid_out: int) -> Kind:
    if order is None:
        return "missing"
    if order.currency != currency:
        return "other-currency"
    return "alike" if order.total_minor == paid_out else "different"


def _causes(
    difference: int, rows: Sequence[tuple[Settlement, Row]], order: Order | None
) -> tuple[Stated, ...]:
    """The stated amounts that make up a difference, each with the sign that its cause has."""
    causes = explain(difference, [*_evidence(rows, order)])
    fits = all((cause.minor > 0) is (cause.cause in _MORE) for cause in causes)
    return causes if fits else ()


def _evidence(rows: Sequence[tuple[Settlement, Row]], order: Order | None) -> Iterable[Stated]:
    """What the documents state that may be missing in one of the books. A payment of just what was
    charged is the one that was paid out, and explains nothing."""
    charged = Counter(row.amount_minor for _, row in rows if row.kind == "charge")
    for payment in order.payments if order is not None else ():
        if payment.kind or payment.amount_minor not in charged:
            cause = payment.kind or "other-payment"
            yield Stated(cause, f"{payment.gateway} of the order", payment.amount_minor)
    times = Counter[int]()
    for payout, row in rows:
        place = f"entry {row.key} of payout {payout.key}"
        if row.kind == "refund":
            yield Stated("refund", place, row.amount_minor)
        elif times[row.amount_minor]:
            yield Stated("duplicate", place, row.amount_minor)
        times[row.amount_minor] += 1


def _payout(payout: Settlement) -> Payout:
    costs: dict[str, int] = defaultdict(int)
    trade = unnamed = 0
    for row in payout.rows:
        if row.kind in _TRADE:
            trade += row.amount_minor
            unnamed += not _name(row)
        else:
            costs[row.kind] -= row.amount_minor
        costs["fee"] += row.fee_minor
        costs["fee-tax"] += row.fee_tax_minor
    return Payout(
        payout.key,
        payout.status,
        payout.currency,
        trade,
        {kind: minor for kind, minor in sorted(costs.items()) if minor},
        payout.net_minor,
        payout.net_minor - sums(payout.rows).net_minor,
        unnamed,
    )


def _totals(tied: Iterable[Tied]) -> dict[str, Totals]:
    by_currency: dict[str, list[Tied]] = defaultdict(list)
    for row in tied:
        by_currency[row.currency].append(row)
    return {
        currency: Totals(
            sum(row.paid_out_minor for row in rows),
            sum(row.order_minor for row in rows),
            sum(cause.minor for row in rows for cause in row.causes),
            sum(row.unexplained_minor for row in rows),
        )
        for currency, rows in sorted(by_currency.items())
    }


def _name(row: Row) -> str:
    return row.order or _plain(row.order_number)


def _plain(number: str) -> str:
    """A number as it is compared: people write it with a sign before it, or without."""
    return f"#{number.lstrip('#')}" if number.strip("#") else ""
