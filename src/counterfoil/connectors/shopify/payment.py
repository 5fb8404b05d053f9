"""Whether an order is paid, and by what: as far as an order itself tells it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from counterfoil.connectors.shopify.fields import WORDS, Row, Told
from counterfoil.mapping.convert import money, spelt, text
from counterfoil.mapping.tenders import Transaction, tenders, together
from counterfoil.model.line import Payment, PaymentState
from counterfoil.model.order import Paid


def paid(status: Any, owed_minor: int | None) -> Paid:
    """The state that `status` names; a word that is not known is no state.

    A fresh order that nobody has paid has no status yet (live captures): then what is owed tells.
    """
    if status is not None:
        return WORDS.paid.get(status.lower(), "") if isinstance(status, str) else ""
    if owed_minor is None:
        return ""
    return "pending" if owed_minor > 0 else "paid"


def payments(told: Told, state: Paid, total_minor: int) -> tuple[Payment, ...]:
    """What was paid by each gateway, or only authorised.

    The total less what is owed is what one gateway holds, or several together; their transactions,
    where the shape tells them, say how much each has.
    """
    if not told.gateways:
        return ()
    gateways = {spelt(name or "") for name in told.gateways}
    if len(gateways - {""}) > 1 and isinstance(told.transactions, list):
        rows = cast("list[Row]", told.transactions)
        if parts := tenders(_transactions(rows, told.currency), WORDS.kinds):
            return parts
    held_minor = 0 if told.outstanding is None else total_minor - told.outstanding
    how: PaymentState = "authorised" if state == "authorised" else "received"
    return together(gateways, held_minor, how, WORDS.kinds)


def _transactions(rows: list[Row], currency: str) -> Iterator[Transaction]:
    for row in rows:
        act = WORDS.acts.get(str(row.get("kind")))
        if act and row.get("status") == "SUCCESS":
            yield Transaction(
                spelt(text(row.get("gateway"), currency)),
                act,
                money(row["amountSet"]["shopMoney"]["amount"], currency),
                text(row.get("paymentId"), currency),
            )
