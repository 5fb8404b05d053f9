"""Addresses: where a system has each of their parts, and the one to which an order goes."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.mapping.convert import Row, country, text
from counterfoil.mapping.field import Computed, Entry, Field, Table
from counterfoil.mapping.nations import county
from counterfoil.model.address import Address
from counterfoil.model.order import Order
from counterfoil.values.errors import Hold


def address_table(*, nations: bool = False, **members: str) -> Table[Address]:
    """The table of an address, each of whose fields is read where `members` says, and empty where
    it is absent; `first` and `last` are the places of two names that make the name, and `name` that
    of the whole one, which counts where there is neither. `nations`: a region may be a nation of
    the United Kingdom, which is on no label."""
    entries: list[Entry] = [_name(*(members.pop(name, "") for name in ("first", "last", "name")))]
    if nations:
        entries.append(_region(members.pop("region"), members["region_code"], members["country"]))
    entries += [
        Field(target, source, country if target == "country" else text, default="")
        for target, source in members.items()
    ]
    return Table("address", entries, Address)


def _name(first: str, last: str, whole: str) -> Computed:
    def name(source: Row, currency: str) -> str:
        forename, surname = _text(source, first), _text(source, last)
        names = f"{forename} {surname}" if forename and surname else forename or surname
        return names or (_text(source, whole) if whole else "")

    return Computed("name", name, "all of its names", (first, last, *([whole] if whole else [])))


def _region(region: str, code: str, nation: str) -> Computed:
    def label(source: Row, currency: str) -> str:
        return county(_text(source, region), _text(source, code), source.get(nation))

    return Computed("region", label, "no nation of the United Kingdom", (region, code, nation))


def _text(source: Row, member: str) -> str:
    value = source.get(member)
    if type(value) is str:
        return value
    try:
        return text(value, "")
    except Hold as problem:
        problem.where = member
        raise


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


def check_goes_somewhere(order: Order, target: str, where: str) -> None:
    """Raise `Hold` for an order without an address, where `target` sends parcels only."""
    if order.deliver_to == Address():
        raise Hold(
            f"Order {order.number} goes nowhere, and {target} sends parcels.",
            do="Leave such orders out by a rule of the route, or set this one aside.",
            where=where,
            code="no-address",
        )
