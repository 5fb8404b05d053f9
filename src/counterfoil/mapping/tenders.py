"""What each means of payment holds, whether its source lists transactions or tells less."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Literal, NamedTuple

from msgspec.structs import replace

from counterfoil.model.line import Payment, PaymentKind, PaymentState
from counterfoil.model.order import Paid

_PAID: tuple[Paid, ...] = ("authorised", "paid", "part-refunded")

Act = Literal["received", "returned", "authorised"]


class Transaction(NamedTuple):
    """One movement of money that came about, in minor units."""

    gateway: str
    act: Act
    amount_minor: int
    reference: str = ""


def tenders(
    transactions: Iterable[Transaction], kinds: Mapping[str, PaymentKind]
) -> tuple[Payment, ...]:
    """What each gateway has received less what it returned; or what it has only authorised.

    `kinds` are the gateways that are no plain ones. A reference is that of the first receipt.
    """
    received: dict[str, int] = {}
    authorised: dict[str, int] = {}
    references: dict[str, str] = {}
    for gateway, act, amount_minor, reference in transactions:
        sums = authorised if act == "authorised" else received
        signed = -amount_minor if act == "returned" else amount_minor
        sums[gateway] = sums.get(gateway, 0) + signed
        if act == "received":
            references.setdefault(gateway, reference)
    receipts = [
        Payment(name, amount, kinds.get(name, ""), "received", references.get(name, ""))
        for name, amount in sorted(received.items())
        if amount > 0
    ]
    promised = [
        Payment(name, amount, kinds.get(name, ""), "authorised")
        for name, amount in sorted(authorised.items())
        if name not in received
    ]
    return (*receipts, *promised)


def together(
    gateways: Collection[str],
    held_minor: int,
    state: PaymentState,
    kinds: Mapping[str, PaymentKind],
) -> tuple[Payment, ...]:
    """What these gateways hold together, where only their sum is told; none where it is nothing."""
    if not gateways or held_minor <= 0:
        return ()
    names = sorted({*gateways} - {""}) or [""]
    kind: PaymentKind = kinds.get(names[0], "") if len(names) == 1 else ""
    return (Payment(", ".join(names), held_minor, kind, state),)


def with_gateway(
    others: Iterable[Payment], gateway: Payment, total_minor: int, state: Paid
) -> tuple[Payment, ...]:
    """What each of the other means has paid, those that paid nothing left out; then the gateway,
    with what remains of the total, where the order's state says that it was paid or authorised."""
    received = [payment for payment in others if payment.amount_minor]
    due = total_minor - sum(payment.amount_minor for payment in received)
    if due <= 0 or state not in _PAID:
        return tuple(received)
    how = "authorised" if state == "authorised" else "received"
    return (*received, replace(gateway, amount_minor=due, state=how))
