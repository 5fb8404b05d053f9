"""Addresses: where a system has each of their parts, and the one to which an order goes."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.mapping.convert import country, text
from counterfoil.mapping.field import Field, Table
from counterfoil.mapping.nations import county
from counterfoil.model.address import Address
from counterfoil.values.errors import Hold


def address_table(*, nations: bool = False, **members: str) -> Table[Address]:
    """The table of an address, each of whose fields is read where `members` says, and empty where
    it is absent; `first` and `last` are the places of two names that make the name, and `name` that
    of the whole one, which counts where there is neither. `nations`: a region may be a nation of
    the United Kingdom, which is on no label."""
    entries = [
        Field(target, source, country if target == "country" else text, default="")
        for target, source in members.items()
    ]
    return Table("address", entries, _without_nation if nations else _named)


def _named(*, first: str = "", last: str = "", **parts: str) -> Address:
    if names := " ".join([name for name in (first, last) if name]):
        parts["name"] = names
    return Address(**parts)


def _without_nation(**parts: str) -> Address:
    region, code = parts.get("region", ""), parts.get("region_code", "")
    return _named(**{**parts, "region": county(region, code, parts.get("country", ""))})


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
