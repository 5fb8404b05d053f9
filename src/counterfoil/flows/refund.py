"""What is special about moving refunds: which of them are credited, when, and what is news."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from counterfoil.flows.rules import (
    GOES,
    Change,
    Holds,
    LeftOut,
    Rules,
    Standing,
    Waits,
    all_of_it,
)
from counterfoil.model.document import Ref
from counterfoil.model.order import Order
from counterfoil.model.refund import Refund, RefundKind, check
from counterfoil.values.clock import instant
from counterfoil.values.money import Money


class Gates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which refunds a route credits: `kinds` is what sorts of them, all where it is empty."""

    kinds: tuple[RefundKind, ...] = ()


TEST: Final = LeftOut("test", "of a test order of the shop")
REVERSED: Final = LeftOut("reversed", "taken back before it was credited")
"""Two rules that are also asked of what could not be read: it need not be."""

PREFIX: Final = "R-"
"""So that no refund is taken for the order that has the same number."""

_DO: Final = (
    "Pay it back at the shop by another way, and it arrives again by itself; or set this one aside"
    " with a reason."
)


def standing(refund: Refund, gates: Gates) -> Standing:
    """Whether the rules let this refund go: it is credited once its money has gone back."""
    if refund.test:
        return TEST
    if refund.gone:
        return REVERSED
    if gates.kinds and refund.kind not in gates.kinds:
        return LeftOut("other-kind", f"it is of the kind {refund.kind}")
    match refund.progress:
        case "none":
            return LeftOut("no-money", "no money goes back by it")
        case "pending":
            return Waits("money-pending", "its money has not gone back yet")
        case "failed":
            return Holds("money-failed", f"its money did not go back{_why(refund)}", _DO)
        case "part":
            moved = Money(refund.moved_minor, refund.currency)
            rule = f"only {moved} of {refund.total} went back{_why(refund)}"
            return Holds("money-in-part", rule, _DO)
        case "succeeded":
            return GOES


def needs(refund: Refund, gates: Gates) -> tuple[Ref, ...]:
    """The order that the money was paid for: a credit is of something."""
    return refund.refs


def within(refund: Refund, order: Order) -> bool:
    """Whether what the target was sent of the order is already without what went back.

    An order is told as it is now: one that was sent after the money had gone back is smaller by it,
    and a credit would take it off twice.
    """
    moments = [paid.at for paid in refund.repayments if paid.state == "succeeded" and paid.at]
    last = max(map(instant, moments), default=refund.born)
    return order.paid in ("part-refunded", "refunded") and order.version >= last


def with_note(refund: Refund, more: str) -> Refund:
    """The refund with `more` under its reason."""
    return msgspec.structs.replace(refund, reason=f"{refund.reason}\n{more}".strip())


def happened(now: Refund) -> str:
    """What a version that says something new tells in a word, of one that was credited."""
    return f"was {'taken back' if now.gone else 'changed'} at the shop"


def changes(before: Refund, now: Refund) -> list[Change]:
    """What a newer version says otherwise that whoever has the credit would act on."""
    news = [Change("the refund", "standing", "taken back")] if now.gone > before.gone else []
    if before.progress != now.progress:
        news.append(Change("its money", before.progress, now.progress))
    return [*news, *_money_changes(before, now)]


def quiet(before: Refund, now: Refund) -> list[Change]:
    """What a newer version says otherwise and nobody who has the credit need act on."""
    news = [Change("reason", "", "", personal=True)] if before.reason != now.reason else []
    if before.goods != now.goods:
        news.append(Change("goods", _goods(before), _goods(now)))
    if before.kind != now.kind:
        news.append(Change("kind", before.kind, now.kind))
    return news


def _money_changes(before: Refund, now: Refund) -> Iterator[Change]:
    for name, field in (("total", "total_minor"), ("tax", "tax_minor")):
        old, new = (Money(getattr(each, field), each.currency) for each in (before, now))
        if old != new:
            yield Change(name, str(old), str(new))
    for name, field in (("lines", "lines"), ("postage", "shipping"), ("beside", "adjustments")):
        if getattr(before, field) != getattr(now, field):
            yield Change(name, _parts(before, field), _parts(now, field))


def _parts(refund: Refund, field: str) -> str:
    return ", ".join(
        str(Money(part.amount_minor, refund.currency)) for part in getattr(refund, field)
    )


def _goods(refund: Refund) -> str:
    return ", ".join(f"{back.quantity} x {back.sku} ({back.restock})" for back in refund.goods)


def _why(refund: Refund) -> str:
    words = sorted({paid.failure for paid in refund.repayments if paid.failure})
    return f": {', '.join(words)}" if words else ""


RULES: Final = Rules(
    word="refund",
    settings=Gates,
    decode=msgspec.msgpack.Decoder(Refund).decode,
    standing=standing,
    check=check,
    part=all_of_it,
    noted=with_note,
    changes=changes,
    quiet=quiet,
    happened=happened,
    test=TEST,
    gone=REVERSED,
    needs=needs,
    within=within,
    prefix=PREFIX,
)
"""What moving refunds needs."""
