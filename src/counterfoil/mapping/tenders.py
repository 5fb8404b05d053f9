"""What each means of payment holds, of the transactions that a source lists one by one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Literal, NamedTuple

from counterfoil.model.line import Payment, PaymentKind, PaymentState

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
