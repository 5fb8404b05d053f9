"""What is special about moving customers: who is one, who is gone, and that nobody's consent is
raised by us."""

from __future__ import annotations

from typing import Final, Literal, cast

import msgspec

from counterfoil.flows.rules import (
    GOES,
    Called,
    Change,
    LeftOut,
    Rules,
    Standing,
    all_of_it,
    without_note,
)
from counterfoil.model.customer import (
    Consent,
    Customer,
    check,
    email_key,
    phone_key,
    prevails,
    wider,
)
from counterfoil.values.errors import Hold


class Gates(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a route does with customers. `guests`: those who bought without an account."""

    guests: Literal["leave-out", "send"] = "leave-out"


TEST: Final = LeftOut("test", "a test at its source")
GONE: Final = LeftOut("customer-gone", "merged, deleted or erased before it was sent")
"""Two rules that are also asked of what could not be read: it need not be."""
GUEST: Final = LeftOut("guest", "bought without an account, and a guest is no customer")

_NOT_NEWS: Final = frozenset({"key", "created", "updated"})
_SHOWN: Final = frozenset({"status", "merged_into", "guest", "tax_exempt", "currency", "locale"})
"""Fields whose values are no personal data."""
_HAPPENED: Final = {"deleted": "was deleted at its source", "erased": "was erased at its source"}
_LOOK: Final = "Look at both systems; correct the wrong one by hand, then set this record aside."


def standing(customer: Customer, gates: Gates) -> Standing:
    """Whether the rules let this customer go, before it was ever sent."""
    if customer.gone:
        return GONE
    return GUEST if customer.guest and gates.guests == "leave-out" else GOES


def called(customer: Customer) -> Called:
    """A customer is named by its key; one that was merged lives on under another."""
    ended = {"active": "", "merged": "merged"}.get(customer.status, "archived")
    return Called((customer.key,), ended, customer.merged_into)


def follows(before: Customer, now: Customer) -> None:
    """Raise `Hold` where what was told may not become what the source says now: somebody who was
    erased or merged is there again (codes "erased-before", "unmerged"), or a consent would be
    raised that is no later than the refusal that was told ("consent-raised")."""
    if before.gone and not now.gone:
        raise Hold(
            f"Customer {now.key} was {before.status}, and its source has it again.",
            do=_LOOK,
            code="unmerged" if before.status == "merged" else "erased-before",
        )
    earlier = {consent.channel: consent for consent in before.consents}
    for consent in now.consents:
        old = earlier.get(consent.channel, consent)
        if wider(consent, old) and prevails(old, consent) is old:
            raise Hold(
                f"The consent of customer {now.key} to {consent.channel} was {old.state}, and is"
                f" {consent.state} now with no later moment: a consent is never raised so.",
                do="Ask at the source when it was given. It arrives again when that is corrected.",
                code="consent-raised",
            )


def happened(now: Customer) -> str:
    """What a version that says something new tells in a word, of a customer that was sent."""
    if now.status == "merged":
        return f"was merged into {now.merged_into}"
    return _HAPPENED.get(now.status, "was changed at its source")


def changes(before: Customer, now: Customer) -> list[Change]:
    """What a newer version says otherwise; another spelling of a number or an address is none."""
    return [change for change in _differences(before, now) if not _same(change.field, before, now)]


def quiet(before: Customer, now: Customer) -> list[Change]:
    """What is only spelt otherwise."""
    return [change for change in _differences(before, now) if _same(change.field, before, now)]


def _differences(before: Customer, now: Customer) -> list[Change]:
    fields = [name for name in Customer.__struct_fields__ if name not in _NOT_NEWS]
    pairs = {name: (getattr(before, name), getattr(now, name)) for name in fields}
    return [
        Change(name.replace("_", " "), _text(old), _text(new), personal=name not in _SHOWN)
        for name, (old, new) in pairs.items()
        if old != new
    ]


def _same(field: str, before: Customer, now: Customer) -> bool:
    keys = {"email": email_key, "phone": phone_key}
    return field in keys and len({keys[field](getattr(each, field)) for each in (before, now)}) == 1


def _text(value: object) -> str:
    if isinstance(value, Consent):
        return f"{value.channel} {value.state}"
    if isinstance(value, tuple):
        return ", ".join(_text(row) for row in cast("tuple[object, ...]", value))
    return str(value)


RULES: Final = Rules(
    word="customer",
    settings=Gates,
    decode=msgspec.msgpack.Decoder(Customer).decode,
    standing=standing,
    check=check,
    part=all_of_it,
    noted=without_note("customer"),
    changes=changes,
    quiet=quiet,
    happened=happened,
    test=TEST,
    gone=GONE,
    follows=follows,
    called=called,
    left_out_together=False,  # an order of somebody who is no customer is an order all the same
)
"""What moving customers needs."""
