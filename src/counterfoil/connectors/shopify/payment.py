"""Whether an order is paid, and by what: as far as an order itself tells it."""

from __future__ import annotations

from typing import Any, Final, cast

from counterfoil.connectors.shopify.fields import Row, Told
from counterfoil.mapping.convert import money, spelt, text
from counterfoil.model.line import Payment, PaymentKind, PaymentState
from counterfoil.model.order import Paid

_PAID: Final[dict[str, Paid]] = {
    "pending": "pending",
    "authorized": "authorised",
    "partially_paid": "part",
    "paid": "paid",
    "partially_refunded": "part-refunded",
    "refunded": "refunded",
    "voided": "voided",
    "expired": "expired",
}
_TENDERS: Final[dict[str, PaymentKind]] = {
    "gift_card": "gift-card",
    "shopify_store_credit": "store-credit",
    "manual": "manual",
}


def paid(status: Any, owed_minor: int | None) -> Paid:
    """The state that `status` names; a word that is not known is no state.

    A fresh order that nobody has paid has no status yet (live captures): then what is owed tells.
    """
    if status is not None:
        return _PAID.get(status.lower(), "") if isinstance(status, str) else ""
    if owed_minor is None:
        return ""
    return "pending" if owed_minor > 0 else "paid"


def payments(told: Told, state: Paid, total_minor: int) -> tuple[Payment, ...]:
    """What was paid by each gateway, or only authorised.

    The total less what is owed is what one gateway holds, or several together; their transactions,
    where the shape tells them, say how much each has.
    """
    gateways = {spelt(name or "") for name in told.gateways or ()}
    if not gateways:
        return ()
    names = sorted(gateways - {""}) or [""]
    if len(names) > 1 and isinstance(told.transactions, list):
        tenders = _tenders(cast("list[Row]", told.transactions), told.currency)
        if tenders:
            return tenders
    held_minor = 0 if told.outstanding is None else total_minor - told.outstanding
    if held_minor <= 0:
        return ()
    kind: PaymentKind = _TENDERS.get(names[0], "") if len(names) == 1 else ""
    how: PaymentState = "authorised" if state == "authorised" else "received"
    return (Payment(", ".join(names), held_minor, kind, how),)


def _tenders(rows: list[Row], currency: str) -> tuple[Payment, ...]:
    """What each gateway holds: sales and captures less refunds; or what it has only authorised."""
    held: dict[str, int] = {}
    promised: dict[str, int] = {}
    references: dict[str, str] = {}
    for row in rows:
        if row.get("status") != "SUCCESS":
            continue
        gateway, kind = spelt(text(row.get("gateway"), currency)), row.get("kind")
        amount = money(row["amountSet"]["shopMoney"]["amount"], currency)
        if kind in ("SALE", "CAPTURE"):
            held[gateway] = held.get(gateway, 0) + amount
            references.setdefault(gateway, text(row.get("paymentId"), currency))
        elif kind == "REFUND":
            held[gateway] = held.get(gateway, 0) - amount
        elif kind == "AUTHORIZATION":
            promised[gateway] = promised.get(gateway, 0) + amount
    received = [
        Payment(name, amount, _TENDERS.get(name, ""), "received", references.get(name, ""))
        for name, amount in sorted(held.items())
        if amount > 0
    ]
    authorised = [
        Payment(name, amount, _TENDERS.get(name, ""), "authorised")
        for name, amount in sorted(promised.items())
        if name not in held
    ]
    return (*received, *authorised)
