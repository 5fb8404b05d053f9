"""An order as a warehouse is told it: whither, to whom, by which service, and how it was paid."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from counterfoil.mapping.losses import Loss
from counterfoil.mapping.one_payment import OnePayment
from counterfoil.mapping.one_service import OneService
from counterfoil.mapping.picks import paid_beside
from counterfoil.mapping.untold import NOWHERE, Untold
from counterfoil.model.address import Address
from counterfoil.model.order import Order
from counterfoil.values.errors import Hold


class ToPick(msgspec.Struct, frozen=True):
    """An order with what was looked up for it; `site` has the settings that go with each.

    `contact` is the first name that there is, and amounts are minor units of the order's currency:
    `discount_minor` of all lines, `shipping_minor` with its tax.
    """

    order: Order
    address: Address
    contact: str
    service: str
    payment_id: int
    discount_minor: int
    shipping_minor: int
    site: object

    def losses(self, untold: Untold) -> Iterator[Loss]:
        """What of it the warehouse is not told, for the reasons in a table."""
        order, address = self.order, self.address
        yield from untold.of_order(order, address)
        yield from untold.of_lines(order, plain=True)
        texts = {
            "note": order.note,
            "po_number": order.po_number,
            "phone": address.phone or order.phone,
            "deliver_to.company": address.company if address.name.strip() else "",
            "lines": paid_beside(order),
        }
        for field, value in texts.items():
            if value:
                yield Loss(field, "no-member", untold.no_member[field], value)


class Warehouse(msgspec.Struct, frozen=True):
    """How one connection (`where`) tells orders; `unpaid_id` is the payment of one on which no
    money was received (0: such an order is held)."""

    services: OneService
    payments: OnePayment
    unpaid_id: int
    site: object
    where: str

    def told(self, order: Order) -> tuple[ToPick, tuple[Loss, ...]]:
        """An order, and what of its payments is not told. Raises `Hold` where it has no place."""
        payment, losses = self.payments.of(order)
        payment = payment or self.unpaid_id
        if not payment:
            raise Hold(
                f"Order {order.number} is not paid by any payment method.",
                do="Set unpaid_method_id, or let the route wait until it is paid.",
                where=self.where,
                code="no-place",
            )
        address = order.deliver_to if order.deliver_to != NOWHERE else order.invoice_to
        names = (address.name, address.company, order.invoice_to.name)
        tax = 0 if order.tax_included else sum(charge.tax_minor for charge in order.shipping)
        to_pick = ToPick(
            order=order,
            address=address,
            contact=next((name for name in names if name.strip()), ""),
            service=self.services.of(order),
            payment_id=payment,
            discount_minor=sum(line.discount_minor for line in order.lines),
            shipping_minor=sum(charge.amount_minor for charge in order.shipping) + tax,
            site=self.site,
        )
        return to_pick, tuple(losses)
