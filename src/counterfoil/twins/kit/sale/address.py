"""Where an order goes, and where its invoice goes."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from counterfoil.model.address import Address
from counterfoil.twins.kit.countries import country_name
from counterfoil.twins.kit.sale.order import Order


class Sent(NamedTuple):
    """An address of an order and which one it is: "billing" or "shipping"."""

    order: Order
    use: str

    @property
    def id(self) -> int:
        """The address's own number."""
        return self.order.id * 10 + (1 if self.use == "billing" else 2)

    @property
    def address(self) -> Address:
        """The address itself."""
        sale = self.order.sale
        other = sale.invoice_to if self.use == "billing" else None
        return sale.deliver_to if other is None else other

    @property
    def country(self) -> str:
        """The country in words; its code where no word is known."""
        return country_name(self.address.country)

    @property
    def region_code(self) -> str:
        """The code of the region, where the shop knows one."""
        return self.order.sale.region_code if self.address.region else ""

    @property
    def first_name(self) -> str:
        """Every name but the last."""
        return self.address.name.strip().rpartition(" ")[0]

    @property
    def last_name(self) -> str:
        """The last name: the last word."""
        return self.address.name.strip().rpartition(" ")[2]


def billing_address(order: Order) -> Sent | None:
    """Where the invoice goes: where the goods go, unless the sale says otherwise. None where
    nothing is known."""
    return _known(Sent(order, "billing"))


def shipping_address(order: Order) -> Sent | None:
    """Where the goods go, or None where nothing is known."""
    return _known(Sent(order, "shipping"))


def _known(sent: Sent) -> Sent | None:
    return sent if any(msgspec.structs.astuple(sent.address)) else None
