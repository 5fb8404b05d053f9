"""Payouts against orders: what was paid out of each order, and what the order says of itself.

A comparison posts nothing. Every difference is a sum of amounts that a document states, each with
its cause, and a rest that is named as unexplained; both are whole minor units.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal

import msgspec

from counterfoil.model.order import Order
from counterfoil.model.refund import Refund
from counterfoil.model.settlement import Row, Settlement, sums
from counterfoil.reconcile.evidence import OF_ORDERS, Entries, explained
from counterfoil.reconcile.explain import Stated

Kind = Literal["alike", "different", "missing", "other-currency", "not-paid-out"]
"""How the two books stand to each other: `missing` is an order that only payouts name,
`not-paid-out` one that payouts should name and do not."""

_TRADE: Final = frozenset({"charge", "refund"})


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


class Open(msgspec.Struct, frozen=True):
    """An order that no payout names: what it says, how it was paid (the gateways that are no gift
    card and the like) and when it was placed."""

    key: str
    number: str
    currency: str
    minor: int
    placed: str
    gateways: tuple[str, ...]


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


def unnamed(order: Order) -> Open:
    """An order of which no payout says anything."""
    gateways = tuple(payment.gateway for payment in order.payments if not payment.kind)
    return Open(order.key, order.number, order.currency, order.total_minor, order.placed, gateways)


def reconcile(
    payouts: Sequence[Settlement],
    orders: Iterable[Order],
    refunds: Iterable[Refund] = (),
    still_open: Sequence[Open] = (),
) -> Reconciled:
    """Hold payouts against the orders that they name and the `refunds` of these; `still_open` are
    the orders that no payout names."""
    by_name = {name: order for order in orders for name in names(order)}
    repaid: dict[str, list[Refund]] = defaultdict(list)
    for refund in refunds:
        repaid[refund.order].append(refund)
    counted = [payout for payout in payouts if payout.status not in ("failed", "cancelled")]
    entries: dict[tuple[str, str], list[tuple[Settlement, Row]]] = defaultdict(list)
    for payout in counted:
        for row in payout.rows:
            if row.kind in OF_ORDERS and (name := _name(row)):
                order = by_name.get(name)
                key = order.key if order is not None else name
                entries[key, payout.currency].append((payout, row))
    tied = [
        _tied(key, currency, rows, by_name.get(key), repaid[key])
        for (key, currency), rows in sorted(entries.items())
    ]
    absent = _absent(counted, [by_name[key] for key, _ in entries if key in by_name], still_open)
    waiting = [order for order in still_open if order.key not in absent]
    tied += absent.values()
    return Reconciled(
        tuple(_payout(payout) for payout in payouts),
        tuple(tied),
        _totals(tied),
        len(waiting),
        _sums((order.currency, order.minor) for order in waiting),
    )


def _tied(
    key: str, currency: str, rows: Entries, order: Order | None, refunds: Sequence[Refund]
) -> Tied:
    paid_out = sum(row.amount_minor for _, row in rows)
    kind, total, number = _kind(order, currency, paid_out), 0, rows[0][1].order_number
    causes: tuple[Stated, ...] = ()
    if order is None:
        causes = (Stated("missing", "no order of this name is known", paid_out),)
    elif kind == "other-currency":
        causes = _exchanged(paid_out, rows, order)
    else:
        total, number = order.total_minor, order.number
        if kind == "different":
            causes = explained(paid_out - total, rows, order, refunds)
    residual = paid_out - total - sum(cause.minor for cause in causes)
    payouts = tuple(dict.fromkeys(payout.key for payout, _ in rows))
    return Tied(key, number, kind, currency, payouts, paid_out, total, causes, residual)


def _kind(order: Order | None, currency: str, paid_out: int) -> Kind:
    if order is None:
        return "missing"
    if order.currency != currency:
        return "other-currency"
    return "alike" if order.total_minor == paid_out else "different"


def _exchanged(paid_out: int, rows: Entries, order: Order) -> tuple[Stated, ...]:
    """An exchange into the payout's currency, where the entries say that they were the order's very
    total in its own."""
    amounts = [row.presented for _, row in rows]
    presented = sum(amount.amount_minor for amount in amounts)
    native = all(amount.currency == order.currency for amount in amounts)
    if not native or presented != order.total_minor:
        return ()
    rate = next((f" at {amount.rate}" for amount in amounts if amount.rate), "")
    place = f"entry {rows[0][1].key} of payout {rows[0][0].key}, from {order.currency}{rate}"
    return (Stated("fx", place, paid_out),)


def _absent(
    payouts: Sequence[Settlement], paid: Iterable[Order], still_open: Iterable[Open]
) -> dict[str, Tied]:
    """The orders that payouts should name: paid by a gateway of which payouts tell in this
    currency, and placed before the last payment of which they do."""
    until: dict[str, str] = {}
    for payout in payouts:
        for row in payout.rows:
            if row.kind == "charge":
                until[payout.currency] = max(until.get(payout.currency, ""), row.happened)
    gateways = {
        (order.currency, payment.gateway)
        for order in paid
        for payment in order.payments
        if not payment.kind
    }
    return {
        order.key: Tied(
            order.key, order.number, "not-paid-out", order.currency, (), 0, order.minor,
            (Stated("missing", "no entry of a payout names the order", -order.minor),), 0,
        )
        for order in still_open
        if any((order.currency, gateway) in gateways for gateway in order.gateways)
        and order.placed < until.get(order.currency, "")
    }  # fmt: skip


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


def _sums(amounts: Iterable[tuple[str, int]]) -> dict[str, int]:
    by_currency: dict[str, int] = defaultdict(int)
    for currency, minor in amounts:
        by_currency[currency] += minor
    return dict(sorted(by_currency.items()))


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
