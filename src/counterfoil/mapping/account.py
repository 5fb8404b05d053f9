"""A customer as an account in an office's books: what is told of it, and what has no place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import msgspec

from counterfoil.mapping.losses import Loss
from counterfoil.mapping.masked import Mask, may
from counterfoil.model.address import Address
from counterfoil.model.customer import Customer, email_key
from counterfoil.values.errors import Hold

_PLAIN: Final = Customer("", "", "")


class Account(msgspec.Struct, frozen=True):
    """What the tables of a target read: a customer, and the fields that its route may write."""

    customer: Customer
    mask: Mask = None

    @property
    def key(self) -> str:
        """The code under which it is found."""
        return self.customer.key

    @property
    def name(self) -> str:
        """The firm's name, else the person's, else how either is reached."""
        return self.customer.company.strip() or self.customer.name

    @property
    def main(self) -> Address:
        """The address that is used where none is chosen."""
        return next(iter(self.customer.addresses), Address())

    @property
    def others(self) -> tuple[Address, ...]:
        """The addresses beside it."""
        return self.customer.addresses[1:]

    def may(self, field: str, said: object) -> bool:
        """Whether a field that says this is sent."""
        return may(self.mask, field, said)

    @property
    def may_name(self) -> bool:
        """Whether the route may write what it is called: any of what its name is made of."""
        names = {field: getattr(self.customer, field) for field in ("first", "last", "company")}
        return self.mask is None or any(self.may(name, said) for name, said in names.items())


def losses(account: Account, reasons: Mapping[str, str]) -> Iterator[Loss]:
    """What has no place at a target, by its `reasons`, of what is the route's own; of the
    addresses those beside the main one, and a person's names where the firm's is told."""
    customer, leftovers = account.customer, dict[str, object](addresses=account.others)
    if not customer.company.strip():
        leftovers |= {"first": "", "last": ""}
    for field, why in reasons.items():
        value = leftovers.get(field, getattr(customer, field))
        if value != getattr(_PLAIN, field) and account.may(field, value):
            yield Loss(field, "no-member", why, msgspec.json.encode(value).decode())


def namesakes(
    customer: Customer, beside: Iterable[Customer], accounts: Iterable[tuple[str, str]]
) -> tuple[str, ...]:
    """Who else has the e-mail address: of the customers `beside` it, which are told in the same
    call, and of the target's `accounts`, which are none of its own (name, e-mail address)."""
    email = email_key(customer.email)
    pairs = [(other.key, other.email) for other in beside if other.key != customer.key]
    names = {name for name, address in (*pairs, *accounts) if email_key(address) == email}
    return tuple(sorted(names)) if email else ()


def alone(customer: Customer, others: tuple[str, ...], target: str, policy: str) -> None:
    """Raise `Hold` (code "same-email") where `others` at the target have the same e-mail address,
    and the policy does not let two stand beside each other: nobody is joined in silence."""
    if others and policy == "hold":
        raise Hold(
            f"{target} has the e-mail address of customer {customer.key} under {', '.join(others)}"
            " too.",
            do=f"Look whether they are one. If so, join them in {target} by hand and set this"
            ' record aside; if not, set same_email = "beside" of the connection, then send it'
            " again.",
            code="same-email",
        )
