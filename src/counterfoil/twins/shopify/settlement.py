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
_TRADE: Final = ("CHARGE", "REFUND")
_FIRST: Final = 148_156_000_001
_TERM: Final = re.compile(r"(\w+):(>=|<=|>|<)?'?([^'\s]+)'?")
FILTERS: Final[dict[str, dict[str, str]]] = {
    "payouts": {"id": "id", "issued_at": "issued_s", "status": "lower(status)"},
    "balanceTransactions": {"payments_transfer_id": "payout", "id": "id"},
}
"""The filters that are understood, each by its column; another is ignored, as it is there."""


class Happening(msgspec.Struct, frozen=True):
    """What moves the balance, in minor units: its type, amount, fee, and whose order and which
    transaction of it it is of."""

    type: str
    amount_minor: int
    fee_minor: int = 0
    order: int | None = None
    name: str = ""
    transaction: int | None = None


class Payments:
    """The account at Shopify Payments of one shop."""

    def __init__(self, memory: Memory, clock: Clock, currency: str) -> None:
        memory.lay(__package__ or "", "settlement.sql")
        self._memory = memory
        self._clock = clock
        self._currency = currency

    def pay_out(self, happenings: Sequence[Happening], status: str = "PAID", off: int = 0) -> int:
        """Pay out what these come to, now; its number. `off`: it says so much more than that."""
        with self._memory.transaction():
            key = self._next()
            for row in happenings:
                self.add(key, row, int(self._clock.now().timestamp()))
            net = sum(row.amount_minor - row.fee_minor for row in happenings)
            return self._issue(key, net, status, off)

    def pay_out_waiting(self, status: str) -> int:
        """Pay out every entry that is in no payout yet; its number, or 0 where there is nothing to
        pay."""
        net = self.waiting_minor()
        if net <= 0:
            return 0
        with self._memory.transaction():
            key = self._next()
            self._memory.run("update balance_entry set payout = ? where payout = 0", key)
            return self._issue(key, net, status)

    def _next(self) -> int:
        return int(self._memory.number("select coalesce(max(id) + 1, ?) from payout", _FIRST))

    def _issue(self, key: int, net: int, status: str, off: int = 0) -> int:
        now_s = int(self._clock.now().timestamp())
        self.add(key, Happening("TRANSFER", -net), now_s)
        values = (key, now_s, self._currency, net + off, status, None, now_s)
        self._memory.run("insert into payout values (?, ?, ?, ?, ?, ?, ?)", *values)
        return key

    def add(self, payout: int, row: Happening, at_s: int) -> None:
        """One more entry of a payout; 0: of none yet."""
        name, transaction = row.name or None, row.transaction
        if row.order is not None:
            name, transaction = name or f"#{row.order}", transaction or row.order + 7_000_000
        net = row.amount_minor - row.fee_minor
        self._memory.run(
            "insert into balance_entry values (null, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            *(payout, row.type, at_s, row.amount_minor, row.fee_minor, net, row.order, name),
            transaction,
        )

    def transactions(self) -> set[int]:
        """The transactions of orders that are entered."""
        rows = self._memory.rows("select distinct order_transaction from balance_entry")
        return {int(number(key)) for (key,) in rows if key is not None}

    def waiting_minor(self) -> int:
        """What the entries that are in no payout come to."""
        sql = "select coalesce(sum(net_minor), 0) from balance_entry where payout = 0"
        return int(self._memory.number(sql))

    def call_off(self, payout: int) -> None:
        """A payout is cancelled: what it was made of waits for another."""
        with self._memory.transaction():
            self.befall(payout, "CANCELED")
            sql = "update balance_entry set payout = 0 where payout = ? and type <> 'TRANSFER'"
            self._memory.run(sql, payout)

    def befall(self, payout: int, status: str) -> None:
        """The status of a payout moves; nothing says when it did."""
        sql = "update payout set status = ?, changed_s = ? where id = ?"
        self._memory.run(sql, status, int(self._clock.now().timestamp()), payout)

    def book(self, after: int) -> Iterator[Entry]:
        """Every payout beyond the number `after`."""
        for row in self._memory.records("select * from payout where id > ? order by id", (after,)):
            key, net = int(number(row["id"])), int(number(row["net_minor"]))
            facts = {"status": str(row["status"])}
            issued_s, changed_s = (int(number(row[name])) for name in ("issued_s", "changed_s"))
            measure = Measure(net, self._currency)
            yield Entry(str(key), str(key), issued_s, changed_s, measure, facts)

    def trade(self, after: int) -> Iterator[Entry]:
        """Every payment and repayment of an order among the entries beyond the number `after`,
        under its order; `account` is its payout, where it is in one."""
        sql = "select * from balance_entry where id > ? and type in (?, ?) order by id"
        for row in self._memory.records(sql, (after, *_TRADE)):
            key, payout = int(number(row["id"])), int(number(row["payout"]))
            measure = Measure(int(number(row["amount_minor"])), self._currency)
            facts = {"account": str(payout) if payout else ""}
            at_s = int(number(row["at_s"]))
            yield Entry(str(key), str(row["order_id"]), at_s, at_s, measure, facts)

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
