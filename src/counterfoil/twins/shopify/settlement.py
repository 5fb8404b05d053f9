"""Shopify Payments: a balance, and the payouts that are made of its entries.

As recorded: a refund keeps the fee of its charge, a card of another currency costs more, entries
are listed with the payout's own leg (TRANSFER) among them, and what waits has no payout yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.kit.graphql.problem import Json
from counterfoil.twins.kit.graphql.selection import Selected
from counterfoil.twins.kit.memory import Memory, number
from counterfoil.twins.kit.nodes import Item
from counterfoil.twins.kit.sale.order import Money
from counterfoil.twins.shopify.spelling import gid, utc
from counterfoil.values.clock import Clock, instant

SCOPE: Final = "read_shopify_payments"
_FIRST: Final = 148_156_000_001
_TERM: Final = re.compile(r"(\w+):(>=|<=|>|<)?'?([^'\s]+)'?")
FILTERS: Final[dict[str, dict[str, str]]] = {
    "payouts": {"id": "id", "issued_at": "issued_s", "status": "lower(status)"},
    "balanceTransactions": {"payments_transfer_id": "payout", "id": "id"},
}
"""The filters that are understood, each by its column; another is ignored, as it is there."""


class Happening(msgspec.Struct, frozen=True):
    """What moves the balance, in minor units: its type, amount, fee, and whose order it is of."""

    type: str
    amount_minor: int
    fee_minor: int = 0
    order: int | None = None


class Payments:
    """The account at Shopify Payments of one shop."""

    def __init__(self, memory: Memory, clock: Clock, currency: str) -> None:
        memory.lay(__package__ or "", "settlement.sql")
        self._memory = memory
        self._clock = clock
        self._currency = currency

    def pay_out(self, happenings: Sequence[Happening], status: str = "PAID", off: int = 0) -> int:
        """Pay out what these come to, now; its number. `off`: it says so much more than that."""
        now_s = int(self._clock.now().timestamp())
        with self._memory.transaction():
            key = int(self._memory.number("select coalesce(max(id) + 1, ?) from payout", _FIRST))
            net = sum(row.amount_minor - row.fee_minor for row in happenings)
            for row in (*happenings, Happening("TRANSFER", -net)):
                self.add(key, row, now_s)
            values = (key, now_s, self._currency, net + off, status, None)
            self._memory.run("insert into payout values (?, ?, ?, ?, ?, ?)", *values)
        return key

    def add(self, payout: int, row: Happening, at_s: int) -> None:
        """One more entry of a payout; 0: of none yet."""
        name = None if row.order is None else f"#{row.order}"
        net = row.amount_minor - row.fee_minor
        self._memory.run(
            "insert into balance_entry values (null, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(payout, row.type, at_s, row.amount_minor, row.fee_minor, net, row.order, name),
            None if row.order is None else row.order + 7_000_000,
        )

    def befall(self, payout: int, status: str) -> None:
        """The status of a payout moves; nothing says when it did."""
        self._memory.run("update payout set status = ? where id = ?", status, payout)

    def book(self, after: int) -> Iterator[Entry]:
        """Every payout beyond the number `after`."""
        for row in self._memory.records("select * from payout where id > ? order by id", (after,)):
            key, net = int(number(row["id"])), int(number(row["net_minor"]))
            yield Entry(str(key), str(key), key, 0, Measure(net, self._currency), {})

    def answers(self) -> dict[str, Callable[[Selected, str], object]]:
        """The root field that is served here."""
        return {"shopifyPaymentsAccount": lambda root, base_url: self}

    def items(self, name: str, arguments: Mapping[str, Any]) -> list[Item]:
        """What one of its connections lists, by the filters that are understood."""
        clauses: dict[str, list[tuple[str, object]]] = {}
        for term, sign, text in _TERM.findall(str(arguments.get("query") or "")):
            if column := FILTERS[name].get(term):
                value = instant(text).timestamp() if term == "issued_at" else text.lower()
                clauses.setdefault(f"{column} {sign or '='}", []).append(
                    (f"{column} {sign or '='} ?", value)
                )
        where = " and ".join(
            f"({' or '.join(sql for sql, _ in terms)})" for terms in clauses.values()
        )
        table = "payout" if name == "payouts" else "balance_entry"
        values = [value for terms in clauses.values() for _, value in terms]
        rows = self._memory.records(
            f"select * from {table} where {where or 'true'} order by id",  # noqa: S608
            values,
        )
        shown = self._payout if name == "payouts" else self._entry
        return [Item(int(number(row["id"])), shown(row)) for row in rows]

    def _money(self, minor: object) -> Money:
        return int(number(minor)), self._currency

    def _payout(self, row: Mapping[str, object]) -> Json:
        key = int(number(row["id"]))
        return {
            "id": gid("ShopifyPaymentsPayout", key),
            "legacyResourceId": str(key),
            "status": row["status"],
            "issuedAt": utc(int(number(row["issued_s"]))),
            "externalTraceId": row["trace"],
            "net": self._money(row["net_minor"]),
        }

    def _entry(self, row: Mapping[str, object]) -> Json:
        order, payout = row["order_id"], int(number(row["payout"]))
        named = None
        if order is not None:
            named = {"id": gid("Order", int(number(order))), "name": row["order_name"]}
        return {
            "id": gid("ShopifyPaymentsBalanceTransaction", int(number(row["id"]))),
            "type": row["type"],
            "transactionDate": utc(int(number(row["at_s"]))),
            "sourceOrderTransactionId": row["order_transaction"],
            "amount": self._money(row["amount_minor"]),
            "fee": self._money(row["fee_minor"]),
            "net": self._money(row["net_minor"]),
            "associatedOrder": named,
            "associatedPayout": {
                "id": gid("ShopifyPaymentsPayout", payout) if payout else None,
            },
        }
