"""How an order is sent, for a target that takes the code of one delivery service."""

from __future__ import annotations

import msgspec

from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.order import Order
from counterfoil.values.errors import Hold


class OneService(msgspec.Struct, frozen=True):
    """The services of one connection (`where`) to the system `target`: `services`, the value map
    from a shipping title that its setting service_map names, and `unshipped`, that of an order
    without shipping (its setting no_service; empty: such an order is held)."""

    services: ValueMap | None
    unshipped: str
    target: str
    where: str

    def of(self, order: Order) -> str:
        """The code. Raises `Hold` where there is none, where it is not mapped, or are several."""
        titles = {charge.title for charge in order.shipping} if self.services else set[str]()
        codes = {self.services.look_up(title) for title in titles} if self.services else titles
        if len(codes) > 1:
            raise Hold(
                f"Order {order.number} is to be sent by {len(codes)} services, {self.target} takes"
                " one.",
                do="Map their titles to one service, or enter the order by hand.",
                where=self.where,
                code="several-deliveries",
            )
        code = next(iter(codes), self.unshipped)
        if code:
            return code
        raise Hold(
            f"Order {order.number} has no shipping, which {self.target} takes none without.",
            do="Set no_service, or set this order aside.",
            where=self.where,
            code="no-service",
        )
