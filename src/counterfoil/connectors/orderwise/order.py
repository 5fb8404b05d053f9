"""The order in OrderWise: composed at its final prices, posted once, found again, compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.fields import (
    BETWEEN,
    CF_ORDER_LINES,
    CF_ORDERS,
    CUSTOMER_REF,
    KINDS,
    ROWS,
    SEEN,
    Parts,
    forms,
)
from counterfoil.connectors.orderwise.profile import TITLE, Profile, currencies_of
from counterfoil.kit.api.compared import Forms
from counterfoil.kit.api.readback import Row, runs
from counterfoil.kit.connector import Field, Intent, Seen, Written
from counterfoil.mapping import tax_cases
from counterfoil.mapping.buyer import Buyers
from counterfoil.mapping.item_code import ItemCodes
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.one_delivery import OneDelivery
from counterfoil.mapping.one_payment import OnePayment
from counterfoil.mapping.sold import Pricer
from counterfoil.mapping.tax import Rates
from counterfoil.mapping.untold import NOWHERE, tax_rounded, untold
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.order import Order
from counterfoil.values.errors import CounterfoilError, Hold, Refuse, Settle

UNTOLD: Final = untold(__package__ or "")
_AGREED: Final = (
    "gift_card_variant",
    "custom_variant",
    "extras_variant",
    "rounding_line_variant",
)
_ENCODER = msgspec.json.Encoder()


class _Placed(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to an order that was taken."""

    order_id: int | str
    order_number: int | str
    e_commerce_order_number: int | str | None = None


def posted(
    forms: Forms[Parts], parts: Parts, alike: Sequence[Field], losses: tuple[Loss, ...]
) -> Intent:
    """The post that parts make, and what must be seen of it; `alike` under every code."""
    order = parts.order
    form = forms.of(parts)
    sent = form.payload.run(parts, order.currency)
    expected = form.expected(sent, parts, order.currency)
    ROWS.expect(expected, parts.sold.codes, alike)
    return Intent(
        reference=order.key,
        payload=_ENCODER.encode(sent),
        expect=expected,
        losses=losses,
        kinds=KINDS,
        not_compared=form.not_compared,
    )


class OrderTarget:
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
        self._payments = OnePayment(TITLE, profile.payment_method_id, maps["payment_map"])
        self._deliveries = OneDelivery(
            rates, maps["delivery_map"], profile.no_delivery, target=TITLE, where=where
        )
        self._buyers = Buyers(profile.customer_id, maps["company_map"], target=TITLE, where=where)
        self._currencies = currencies_of(profile, where)
        self._decided = profile.decided(where)
        self._forms = forms(profile, maps["country_map"])
        self._stock = (profile.stock_location_id,) if profile.stock_location_id else ()
        self._is_reference = profile.external_ref_field == CUSTOMER_REF
        self._profile = profile
        self._client = client
        self._where = where

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

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        """Post one order. Raises `Settle` where it may have landed without saying so."""
        (intent,) = intents
        path = self._profile.order_path.replace("{session_id}", str(self._profile.session_id))
        try:
            placed = await self._client.post(path, intent.payload, _Placed)
        except (Hold, Refuse) as error:
            return [error]
        self._check(placed, intent)
        return [Written(identity=str(placed.order_id), number=str(placed.order_number))]

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Every order under each reference, by the two export definitions of `definitions/`."""
        orders: dict[str, Sequence[Seen]] = {}
        for run in runs(references, self._profile.reference_text_most, BETWEEN):
            orders.update(await self._read(run))
        return orders

    async def _read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        profile = self._profile
        orders = await self._run(profile.orders_definition, references)
        CF_ORDERS.check(orders, self._where)
        if not orders:
            return {}
        lines = await self._run(profile.lines_definition, references)
        CF_ORDER_LINES.check(lines, self._where)
        return SEEN.seen(orders, lines, frozenset(references), profile.currencies)

    async def _run(self, definition: int, references: Sequence[str]) -> list[Row]:
        parameters = {"@refs": BETWEEN.join(references), "@since": "", "@until": ""}
        return await self._client.run(definition, parameters)

    def _check(self, placed: _Placed, intent: Intent) -> None:
        ours = self._profile.external_ref_field.endswith(".eCommerceOrderNumber")
        if placed.order_id and (
            not ours or str(placed.e_commerce_order_number) == intent.reference
        ):
            return
        raise Settle(
            f"OrderWise took order {intent.reference} and answered with another one's number.",
            do="It is looked up before anything is sent again.",
            where=self._where,
            code="other-order",
        )

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
        if parts.tax_minor != order.tax_minor:
            yield tax_rounded(order, parts.tax_minor, TITLE)
        yield from UNTOLD.of_order(order, parts.address)
        yield from UNTOLD.of_lines(order, plain=plain)
        if self._is_reference and order.po_number:
            why = "The setting external_ref_field takes the member that would carry it."
            yield Loss("po_number", "no-member", why, order.po_number)
        if order.currency != self._currencies.first and not self._profile.currency_field:
            why = "The setting currency_field names no member for it."
            yield Loss("currency", "no-member", why, order.currency)
