"""The worked table of explanations: entries of payouts and what an order states, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import cast

from counterfoil.model.line import Line, Payment
from counterfoil.model.order import Order
from counterfoil.model.refund import Refund
from counterfoil.model.settlement import Kind, Row, Settlement
from counterfoil.reconcile.settlement import reconcile
from counterfoil.values.money import minor, plain, rounded

_FIRST, _LATER = "2026-11-02T00:00:00Z", "2026-11-03T00:00:00Z"
_TAXED = re.compile(r"(\d+) \u00d7 ([\d.]+) taxed 0\.(\d+)")


def explained(row: dict[str, str]) -> None:
    """Work one row of the table."""
    payouts = [*_payouts(row["entries"])]
    lines: tuple[Line, ...] = ()
    payments: list[Payment] = []
    refunds: list[Refund] = []
    for words in filter(None, row["states"].split("; ")):
        if taxed := _TAXED.fullmatch(words):
            lines = _lines(int(taxed[1]), _pennies(taxed[2]), int(taxed[3]) * 10)
            continue
        kind, amount = words.split(" ")
        if kind == "gift-card":
            payments.append(Payment("gift_card", _pennies(amount), kind))
        elif kind == "tip":
            lines = (Line("1", "", "Tip", 1, _pennies(amount), kind="tip"),)
        else:
            refunds.append(Refund("R", "R", "7", "#7", _FIRST, _FIRST, "GBP", tax_included=True,
                                  total_minor=_pennies(amount), tax_minor=0))  # fmt: skip
    order = Order(
        "7", "#7", _FIRST, _FIRST, _FIRST, "GBP",
        tax_included=not any(line.tax_rate for line in lines), lines=lines,
        total_minor=_pennies(row["order says"]), tax_minor=sum(line.tax_minor for line in lines),
        payments=tuple(payments),
    )  # fmt: skip
    (tied,) = reconcile(payouts, [order], refunds).tied
    causes = sorted(f"{cause.cause} {plain(cause.minor, 'GBP')}" for cause in tied.causes)
    assert "; ".join(causes) == row["causes"]
    assert tied.unexplained_minor == _pennies(row["unexplained"])


def _payouts(words: str) -> Iterator[Settlement]:
    entries = [*enumerate(words.split("; "))]
    for key, issued in (("A", _FIRST), ("B", _LATER)):
        rows = tuple(
            Row(str(place), cast("Kind", kind), _pennies(amount), _pennies(amount), order="7")
            for place, text in entries
            if text.startswith("later ") is (key == "B")
            for kind, amount in [text.removeprefix("later ").split(" ")]
        )
        net = sum(row.net_minor for row in rows)
        yield Settlement(key, key, "paid", issued, issued, "GBP", net, rows)


def _lines(count: int, unit_minor: int, percent: int) -> tuple[Line, ...]:
    tax = rounded(unit_minor * percent, 100)
    return tuple(
        Line(str(place), "S", "Tee", 1, unit_minor, tax_minor=tax, tax_rate=f"0.{percent:02d}")
        for place in range(count)
    )


def _pennies(text: str) -> int:
    return minor(text, "GBP")
