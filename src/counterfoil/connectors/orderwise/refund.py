"""The credit in OrderWise: an order of the type credit, at the address that a site has tried.

It is composed as an order is, and read back by the same definitions. What is no goods goes as lines
of variants agreed with finance (credit_map); where goods go back to, restock_map says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from msgspec.structs import replace

from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.fields import Parts, forms
from counterfoil.connectors.orderwise.posting import Posting, posted
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.kit.connector import ALONE, Inputs, Intent
from counterfoil.mapping.convert import same
from counterfoil.mapping.credited import order_of, restocks, untold_of
from counterfoil.mapping.field import Field
from counterfoil.mapping.item_code import CreditCodes
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.sold import Pricer, Sold
from counterfoil.mapping.sold_by_place import sold_by_place
from counterfoil.mapping.tax import Rates
from counterfoil.mapping.untold import NOWHERE
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.order import Order
from counterfoil.model.refund import Refund, Restock
from counterfoil.values.errors import Hold

CREDIT: Final = 4
"""The systemOrderType of a credit (observed, see the setting order_type)."""
PLACE: Final = Field("stockLocationId", "place_id", same)


class RefundTarget(Posting):
    """Credits of one connection, as `kit.connector.Target`; `maps` has its value maps."""

    def __init__(
        self,
        profile: Profile,
        rates: Rates,
        client: Client,
        maps: Mapping[str, ValueMap | None],
        *,
        where: str,
    ) -> None:
        credits = replace(
            profile,
            order_path=profile.credit_path,
            order_type=CREDIT,
            required_days=-1,
            instructions_prefix=profile.credit_prefix,
        )
        super().__init__(credits, client, maps, where=where)
        agreed = {"gift_card_variant": profile.gift_card_variant,
                  "custom_variant": profile.custom_variant, "extras_variant": ""}  # fmt: skip
        codes = CreditCodes("variant", agreed, maps["variant_map"], maps["credit_map"], where=where)
        self._pricer = Pricer(
            rates, codes, net=profile.price_basis == "net", where=where, parts=True
        )
        self._restock = maps["restock_map"]
        self._located = bool(self._restock or profile.stock_location_id)
        self._forms = forms(credits, None, "refund", PLACE if self._located else None)

    def compose(self, document: Refund, inputs: Inputs = ALONE) -> Intent:
        """The post of one credit (pure), to the penny. Raises `Hold` where it has no place."""
        if not self._profile.credit_path:
            raise Hold(
                "Nobody has said where this OrderWise takes credits.",
                do="Try one on the instance (its /owapi/docs tells where), set credit_path, and"
                " send the held records again.",
                where=self._where,
                code="credits-off",
            )
        order = order_of(document, inputs.name(document.refs[0]), self._where)
        self._currencies.check(order)
        payment, losses = self._payments.of(order)
        parts = Parts(
            order=order,
            address=NOWHERE,
            customer_id=self._buyers.account_of(order),
            payment_id=payment,
            delivery_id=self._profile.no_delivery,
            delivery_minor=0,
            delivery_tax_minor=0,
            sold=self._sold(order, document),
        )
        return posted(self._forms, parts, (), (*self._losses(document, parts), *losses))

    def _sold(self, order: Order, refund: Refund) -> Sold:
        if not self._located:
            return self._pricer.sold(order)
        places = [self._place(way) for way in restocks(refund)]
        return sold_by_place(self._pricer, order, places, self._place("none"))

    def _place(self, way: Restock) -> int:
        if self._restock is None:
            return self._profile.stock_location_id
        return int(self._restock.look_up(way))

    def _losses(self, refund: Refund, parts: Parts) -> Iterator[Loss]:
        yield from self.lost(parts)
        yield from untold_of(refund, placed=self._restock is not None)
