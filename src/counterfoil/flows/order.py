"""What is special about moving orders: which of them go, which part of them, and what is news."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final, Literal, cast

import msgspec

from counterfoil.flows.rules import GOES, Change, Holds, LeftOut, Rules, Standing, Stop, Waits
from counterfoil.mapping.losses import Loss
from counterfoil.model.address import Address
from counterfoil.model.line import Charge, Line
from counterfoil.model.order import Order, Paid, check
from counterfoil.values.money import Money

Way = Literal["send", "wait", "hold", "leave-out"]


class Gates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a route does with an order before it asks whether it adds up.

    By payment: `pending` (nobody has paid), `authorised` (nothing captured yet), `part_paid`,
    `voided` and `expired` (the payment came to nothing), `refunded` (all money went back and units
    are left), `unknown` (the source does not say); `on_terms` stands in for `pending` and
    `part_paid` where it was agreed to pay later. `till`: sold in person and handed over there.
    `elsewhere`: what another service sends, or what has been sent already; "leave-out" takes it out
    of the order and names it as a loss. `paid_back`: what went back of an order that was sent holds
    the order for a person; "apart" where a route of its own credits refunds.
    """

    pending: Way = "wait"
    authorised: Way = "wait"
    part_paid: Way = "wait"
    voided: Way = "leave-out"
    expired: Way = "leave-out"
    refunded: Way = "hold"
    unknown: Way = "hold"
    on_terms: Way = "send"
    till: Way = "leave-out"
    elsewhere: Way = "leave-out"
    paid_back: Literal["hold", "apart"] = "hold"


TEST: Final = LeftOut("test", "a test order of the shop")
CANCELLED: Final = LeftOut("cancelled", "cancelled before it was sent")
"""Two rules that are also asked of what could not be read: it need not be."""

_WITHHELD: Final[Mapping[str, Stop]] = {
    "wait": Waits("not-released", "its source does not let it go yet"),
    "never": LeftOut("never-released", "its source does not let it go"),
}

_DO: Final = (
    "Decide at the shop; what changes there arrives by itself. Or let such orders go, in"
    " [gates] of the route's file, and send it again."
)

_UNPAID: Final[dict[Paid, tuple[str, str, str]]] = {
    "pending": ("pending", "payment-pending", "it waits for its payment"),
    "authorised": ("authorised", "payment-authorised", "its payment is authorised, not captured"),
    "part": ("part_paid", "payment-part", "only a part of it is paid"),
    "voided": ("voided", "payment-voided", "its payment was voided"),
    "expired": ("expired", "payment-expired", "the authorisation of its payment expired"),
    "refunded": ("refunded", "payment-refunded", "all its money went back, and units are left"),
    "": ("unknown", "payment-unknown", "the shop does not say whether it is paid"),
}


def standing(order: Order, gates: Gates) -> Standing:
    """Whether the rules let this order go, before it was ever sent."""
    if order.test:
        return TEST
    if order.cancelled:
        return CANCELLED
    if order.release:
        return _WITHHELD[order.release]
    if not order.lines:
        return LeftOut("nothing-left", "nothing is left of it")
    return _unpaid(order, gates) or _handed_over(order, gates) or GOES


def _stop(code: str, rule: str, way: Way) -> Stop | None:
    """What becomes of an order that a gate names."""
    if way == "hold":
        return Holds(code, rule, _DO)
    if way == "wait":
        return Waits(code, rule)
    return LeftOut(code, rule) if way == "leave-out" else None


def _unpaid(order: Order, gates: Gates) -> Stop | None:
    if order.paid not in _UNPAID:
        return None
    gate, code, rule = _UNPAID[order.paid]
    if gate in ("pending", "part_paid") and (order.terms.name or order.terms.kind):
        gate, code, rule = "on_terms", "payment-on-terms", "it is to be paid later, as agreed"
    return _stop(code, rule, getattr(gates, gate))


def _handed_over(order: Order, gates: Gates) -> Stop | None:
    if order.channel == "pos" and gates.till != "send":
        nowhere = order.deliver_to == _NOWHERE
        if nowhere or all(line.fulfilled for line in order.lines if line.ships):
            return _stop("till", "sold at a till and handed over there", gates.till)
    if gates.elsewhere == "send":
        return None
    divided = [_divided(line) for line in order.lines]
    others = [theirs for _, theirs in divided if theirs]
    if not others:
        return None
    who = ", ".join(sorted({line.service or "the shop itself" for line in others}))
    if gates.elsewhere == "leave-out":
        if any(remainder and remainder.kind in _GOODS for remainder, _ in divided):
            return None  # the rest of it goes: see `ours`
        return LeftOut("elsewhere", f"all of it is sent by {who}")
    return _stop("elsewhere", f"{len(others)} of its lines are sent by {who}", gates.elsewhere)


_GOODS: Final = frozenset({"product", "custom"})
"""What is worth an order of its own: a tip or a gift card follows the goods it was bought with."""


def _divided(line: Line) -> tuple[Line | None, Line | None]:
    """What is ours to send of a line, and what somebody else sends or has sent already."""
    if line.service:
        return None, line
    if not line.sent or not line.ships or line.kind not in _GOODS:
        return line, None
    if line.fulfilled:
        return None, line
    unsent = line.part(line.quantity - line.sent)
    gone = msgspec.structs.replace(
        line,
        quantity=line.sent,
        discount_minor=line.discount_minor - unsent.discount_minor,
        tax_minor=line.tax_minor - unsent.tax_minor,
    )
    return msgspec.structs.replace(unsent, sent=0), gone


def ours(order: Order, gates: Gates) -> tuple[Order, tuple[Loss, ...]]:
    """The order without what another service sends or was sent already, and this as losses."""
    if gates.elsewhere != "leave-out":
        return order, ()
    if not [line for line in order.lines if line.service or line.sent]:
        return order, ()
    divided = [_divided(line) for line in order.lines]
    others = [theirs for _, theirs in divided if theirs]
    gone = [_paid_for(order, line) for line in others]
    remainder = msgspec.structs.replace(
        order,
        lines=tuple(remainder for remainder, _ in divided if remainder),
        total_minor=order.total_minor - sum(gone),
        tax_minor=order.tax_minor - sum(line.tax_minor for line in others),
    )
    return remainder, tuple(
        Loss(
            "lines",
            "left-out",
            f"It is sent by {line.service or 'the shop itself'}.",
            f"{line.quantity} x {line.sku or line.title}",
            minor,
        )
        for line, minor in zip(others, gone, strict=True)
    )


def _paid_for(order: Order, line: Line) -> int:
    return line.total_minor + (0 if order.tax_included else line.tax_minor)


def with_note(order: Order, more: str) -> Order:
    """The order with `more` under its note."""
    return msgspec.structs.replace(order, note=f"{order.note}\n{more}".strip())


def only_paid_back(before: Order, now: Order, gates: Gates) -> bool:
    """Whether all that is new of an order is what was paid back of it, to the minor unit: then its
    refunds tell it, on a route of their own."""
    if gates.paid_back != "apart" or now.cancelled or now.paid not in _PAID_BACK:
        return False
    rest = msgspec.structs.replace(
        now, lines=before.lines, shipping=before.shipping, extras=before.extras, paid=before.paid,
        payments=before.payments, total_minor=before.total_minor, tax_minor=before.tax_minor,
    )  # fmt: skip
    ordered = {line.key: line.quantity for line in before.lines}
    fewer = all(line.quantity <= ordered.get(line.key, 0) for line in now.lines)
    less = before.total_minor - now.total_minor
    return fewer and less == _received(before) - _received(now) and not changes(before, rest)


def begun(before: Order, now: Order, gates: Gates) -> bool:
    """Whether goods of what was sent have left since: the newer version would be sent without them
    (`ours`), and who has picked them takes no other line for them."""
    sent = {line.key: line.sent for line in before.lines}
    return gates.elsewhere == "leave-out" and any(
        line.sent > sent.get(line.key, 0) for line in now.lines
    )


def _received(order: Order) -> int:
    return sum(paid.amount_minor for paid in order.payments if paid.state != "authorised")


def claims(order: Order) -> Mapping[str, int]:
    """The pieces of each SKU that an order takes from the shelf and that have not left yet."""
    pieces: Counter[str] = Counter()
    for line in order.lines if not order.cancelled else ():
        if line.sku and line.kind == "product":
            pieces[line.sku] += line.quantity - line.sent
    return pieces


_NOWHERE = Address()
_PAID_BACK: Final = frozenset({"part-refunded", "refunded"})
_TAKEN_BACK: Final = frozenset({"part-refunded", "refunded", "voided", "expired"})
_TEXTS: Final[dict[str, tuple[str, bool]]] = {
    "number": ("number", False),
    "currency": ("currency", False),
    "email": ("e-mail", True),
    "phone": ("phone", True),
    "note": ("note", True),
    "po_number": ("PO number", False),
}
_ADDRESSES: Final = {"deliver_to": "delivery address", "invoice_to": "invoice address"}
_QUIET: Final[dict[str, str]] = {
    "release": "release", "paid": "payment", "channel": "channel", "location": "place of sale",
    "customer": "customer", "locale": "language", "tags": "tags",
    "discount_codes": "discount codes", "presentment": "what the customer saw",
}  # fmt: skip


def happened(now: Order) -> str:
    """What a version that says something new tells in a word, of an order that was sent."""
    return "was cancelled at the shop" if now.cancelled else "was changed at the shop"


def changes(before: Order, now: Order) -> list[Change]:
    """What a newer version says otherwise that a person at the target would act on, whatever the
    target has members for."""
    news = [*_line_changes(before, now), *_head_changes(before, now)]
    if now.cancelled and not before.cancelled:
        news.insert(0, Change("the order", "standing", "cancelled"))
    if news or before.total_minor != now.total_minor:
        total = Change("total", str(before.total), str(now.total))
        news += [total] if before.total_minor != now.total_minor else []
    return news


def quiet_changes(before: Order, now: Order) -> list[Change]:
    """What a newer version says otherwise and nobody at the target need act on, such as what goods
    are called by now that have left."""
    news = [
        Change(name, _shown(getattr(before, field)), _shown(getattr(now, field)))
        for field, name in _QUIET.items()
        if getattr(before, field) != getattr(now, field)
    ]
    known = {line.key: line for line in before.lines}
    gone = [line for line in now.lines if line.fulfilled and line.key in known]
    return news + [change for line in gone for change in _other_name(known[line.key], line)]


def _head_changes(before: Order, now: Order) -> Iterator[Change]:
    for field, (name, personal) in _TEXTS.items():
        old, new = getattr(before, field), getattr(now, field)
        if old != new:
            yield Change(name, old, new, personal)
    for field, name in _ADDRESSES.items():
        if getattr(before, field) != getattr(now, field):
            yield Change(name, "", "", personal=True)
    if before.attributes != now.attributes:
        names = sorted({name for name, _ in set(before.attributes) ^ set(now.attributes)})
        yield Change(f"attributes ({', '.join(names)})", "", "", personal=True)
    for field, name in (("company", "company"), ("terms", "terms")):
        if getattr(before, field) != getattr(now, field):
            yield Change(name, _shown(getattr(before, field)), _shown(getattr(now, field)))
    yield from _charge_changes("postage", before.shipping, now.shipping, now.currency)
    yield from _charge_changes("extras", before.extras, now.extras, now.currency)
    if now.paid in _TAKEN_BACK and now.paid != before.paid:
        yield Change("payment", before.paid, now.paid)
    if before.tax_minor != now.tax_minor:
        old, new = (Money(order.tax_minor, order.currency) for order in (before, now))
        yield Change("tax", str(old), str(new))


def _charge_changes(
    name: str, before: tuple[Charge, ...], now: tuple[Charge, ...], currency: str
) -> Iterator[Change]:
    old, new = (
        ", ".join(f"{charge.title} {Money(charge.amount_minor, currency)}" for charge in charges)
        for charges in (before, now)
    )
    if old != new:
        yield Change(name, old, new)


def _line_changes(before: Order, now: Order) -> Iterator[Change]:
    old, new = ({line.key: line for line in order.lines} for order in (before, now))
    for key in [*old, *(key for key in new if key not in old)]:
        was, is_ = old.get(key), new.get(key)
        name = (is_ or was or _NO_LINE).sku or (is_ or was or _NO_LINE).title or key
        pieces = (was.quantity if was else 0, is_.quantity if is_ else 0)
        if pieces[0] != pieces[1]:
            yield Change(name, str(pieces[0]), str(pieces[1]))
        elif was and is_:
            yield from _changes_of(name, was, is_, now.currency)


_NO_LINE = Line("", "", "", 0, 0)


def _changes_of(name: str, was: Line, is_: Line, currency: str) -> Iterator[Change]:
    if was.total_minor != is_.total_minor:
        yield Change(
            f"price of {name}",
            str(Money(was.total_minor, currency)),
            str(Money(is_.total_minor, currency)),
        )
    if not is_.fulfilled:
        yield from _other_name(was, is_)
    if was.properties != is_.properties:
        yield Change(f"what is written on {name}", "", "", personal=True)
    if was.service != is_.service:
        yield Change(f"who sends {name}", was.service or "us", is_.service or "us")


def _other_name(was: Line, is_: Line) -> Iterator[Change]:
    if (was.sku, was.title) != (is_.sku, is_.title):
        yield Change("line", was.sku or was.title, is_.sku or is_.title)


def _shown(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, cast("tuple[object, ...]", value)))
    if isinstance(value, msgspec.Struct):
        return " ".join(str(part) for part in msgspec.structs.astuple(value) if part)
    return str(value)


RULES: Final = Rules(
    word="order",
    settings=Gates,
    decode=msgspec.msgpack.Decoder(Order).decode,
    standing=standing,
    check=check,
    part=ours,
    noted=with_note,
    changes=changes,
    quiet=quiet_changes,
    happened=happened,
    test=TEST,
    gone=CANCELLED,
    apart=only_paid_back,
    begun=begun,
    claims=claims,
)
"""What moving orders needs."""
