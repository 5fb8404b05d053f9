"""Where an order goes, and where its invoice goes."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from counterfoil.model.address import Address
from counterfoil.twins.kit.sale.order import Order


class Sent(NamedTuple):
    """An address of an order and which one it is: "billing" or "shipping"."""

    order: Order
    use: str

    @property
    def id(self) -> int:
        """The address's own number."""
        return self.order.id * 10 + (1 if self.use == "billing" else 2)


def address(order: Order, use: str) -> Sent | None:
    """The order's address; the invoice goes where the goods go, unless the sale says otherwise.
    None where nothing is known."""
    sent = Sent(order, use)
    return sent if any(msgspec.structs.astuple(where(sent))) else None


def where(sent: Sent) -> Address:
    """The address itself."""
    sale = sent.order.sale
    other = sale.invoice_to if sent.use == "billing" else None
    return sale.deliver_to if other is None else other


def region_code(sent: Sent) -> str | None:
    """The code of the region, where the shop knows one."""
    return sent.order.sale.region_code or None if where(sent).region else None


def names(full: str) -> tuple[str | None, str | None]:
    """First and last name: the last word is the last name."""
    first, _, last = full.strip().rpartition(" ")
    return first or None, last or None
