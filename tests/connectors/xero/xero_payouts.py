"""Payouts for the stage of a Xero: what it takes of them, and what it holds."""

from __future__ import annotations

import msgspec

from counterfoil.model.settlement import Row, Settlement
from counterfoil.twins.xero import XeroTwin
from counterfoil.twins.xero.twin import KINDS


def paid_out(number: int) -> Settlement:
    """A payout with costs; every other one with a reserve that was given back; every fourth takes
    more than it pays."""
    rows = [
        Row("1", "charge", 60650 + number, 60650 + number - 1120 - 224, 1120, 224, order="1042"),
        Row("2", "refund", -2160, -2160, order="1042"),
        Row("3", "other", -799, -799, word="SHIPPING_LABEL"),
    ]
    if number % 2:
        rows.append(Row("4", "reserve", 5000 + number, 5000 + number))
    if number % 4 == 0:
        rows.append(Row("5", "dispute", -90000, -91500, 1500))
    net = sum(row.net_minor for row in rows)
    key, issued = str(148_156_579_000 + number), "2026-10-05T00:00:00Z"
    return Settlement(key, key, "paid", issued, issued, "GBP", net, tuple(rows))


class Payouts:
    """What the organisation takes of payouts, and what it holds."""

    def __init__(self, twin: XeroTwin) -> None:
        self.twin = twin

    def document(self, number: int) -> Settlement:
        return paid_out(number)

    def unmapped(self) -> Settlement:
        settlement = paid_out(1)
        row = msgspec.structs.replace(settlement.rows[2], word="ANOMALY_DEBIT")
        rows = (*settlement.rows[:2], row, *settlement.rows[3:])
        return msgspec.structs.replace(settlement, rows=rows)

    def held(self, reference: str) -> int:
        return sum(len(self.twin.books.found(kind, reference)) for kind in KINDS["settlement"])
