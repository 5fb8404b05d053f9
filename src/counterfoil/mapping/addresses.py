"""Addresses: where a system has each of their parts, and the one to which an order goes."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.mapping.convert import Row, country, text
from counterfoil.mapping.field import Computed, Field, Table
from counterfoil.model.address import Address
from counterfoil.values.errors import Hold


def address_table(*names: str, country_at: str, **members: str) -> Table[Address]:
    """The table of an address whose `names`, such as the first and the last, make the name; each
    further field of `Address` is read where `members` says, and what is absent is empty."""

    def name(source: Row, currency: str) -> str:
        texts = (text(source.get(member), currency) for member in names)
        return " ".join(part for part in texts if part)

    return Table(
        "address",
        [
            Computed("name", name, "all of its names", names),
            Field("country", country_at, country, default=""),
            *(Field(target, source, default="") for target, source in members.items()),
        ],
        Address,
    )


def only_address(addresses: Sequence[Address], number: str, where: str) -> Address:
    """The one place to which an order goes; an empty one where it goes nowhere. `where` is where
    its places stand.

    Raises `Hold` (code "several-addresses") where there are several.
    """
    if len(addresses) > 1:
        raise Hold(
            f"Order {number} goes to {len(addresses)} addresses; here it may go to one.",
            do="Enter an order for each address by hand, and set this one aside.",
            where=where,
            code="several-addresses",
        )
    return next(iter(addresses), Address())
