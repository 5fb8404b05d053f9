"""The order in OrderWise: composed at its final prices, posted once, found again, compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.fields import CUSTOMER_REF, Parts, forms
from counterfoil.connectors.orderwise.posting import Posting, posted
from counterfoil.connectors.orderwise.profile import TITLE, Profile
from counterfoil.kit.connector import Intent
from counterfoil.mapping import tax_cases
from counterfoil.mapping.item_code import ItemCodes
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.one_delivery import OneDelivery
from counterfoil.mapping.sold import Pricer
from counterfoil.mapping.tax import Rates
from counterfoil.mapping.untold import NOWHERE, untold
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.order import Order

UNTOLD: Final = untold(__package__ or "")
_AGREED: Final = (
    "gift_card_variant",
    "custom_variant",
    "extras_variant",
    "rounding_line_variant",
)


class OrderTarget(Posting):
    """Orders of one connection, as `kit.connector.Target`. `maps` has its value maps by setting."""

    def __init__(
        self,
        profile: Profile,
        rates: Rates,
        client: Client,
        maps: Mapping[str, ValueMap | None],
        *,
        where: str,
    ) -> None:
        agreed = {setting: getattr(profile, setting) for setting in _AGREED}
        codes = ItemCodes("variant", agreed, maps["variant_map"], where=where)
        self._pricer = Pricer(rates, codes, net=profile.price_basis == "net", where=where)
        self._deliveries = OneDelivery(
            rates, maps["delivery_map"], profile.no_delivery, target=TITLE, where=where
        )
        self._decided = profile.decided(where)
        self._forms = forms(profile, maps["country_map"])
        self._stock = (profile.stock_location_id,) if profile.stock_location_id else ()
        self._is_reference = profile.external_ref_field == CUSTOMER_REF
        super().__init__(profile, client, maps, where=where)

    def compose(self, document: Order) -> Intent:
        """The post of one order (pure), exact to the penny. Raises `Hold` where it has no place."""
        self._currencies.check(document)
        plain = tax_cases.plain(document)
        order, tax_losses = document, ()
        if not (plain and document.tax_minor):
            order, tax_losses = tax_cases.settled(document, self._decided)
        payment, payment_losses = self._payments.of(order)
        parts = self._parts(order, payment)
        losses = (*tax_losses, *payment_losses, *self._losses(parts, plain=plain))
        return posted(self._forms, parts, self._stock, losses)

    def _parts(self, order: Order, payment: int) -> Parts:
        gross, tax = self._deliveries.charge(order)
        return Parts(
            order=order,
            address=order.deliver_to if order.deliver_to != NOWHERE else order.invoice_to,
            customer_id=self._buyers.account_of(order),
            payment_id=payment,
            delivery_id=self._deliveries.method(order),
            delivery_minor=gross,
            delivery_tax_minor=tax,
            sold=self._pricer.sold(order),
        )

    def _losses(self, parts: Parts, *, plain: bool) -> Iterator[Loss]:
        order = parts.order
        yield from self.lost(parts)
        yield from UNTOLD.of_order(order, parts.address)
        yield from UNTOLD.of_lines(order, plain=plain)
        if self._is_reference and order.po_number:
            why = "The setting external_ref_field takes the member that would carry it."
            yield Loss("po_number", "no-member", why, order.po_number)
