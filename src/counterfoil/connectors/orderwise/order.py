"""The order in OrderWise: composed at its final prices, posted once, found again, compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from counterfoil.connectors.orderwise import compared
from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.line import Pricer
from counterfoil.connectors.orderwise.payload import BETWEEN, Parts, table
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.connectors.orderwise.tax import Rates
from counterfoil.kit.connector import Intent, Seen, Written
from counterfoil.mapping.loss import Loss
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.address import Address
from counterfoil.model.order import Order
from counterfoil.values.errors import CounterfoilError, Hold, Refuse, Settle
from counterfoil.values.money import Money

_NOWHERE = Address()
_ENCODER = msgspec.json.Encoder()


class _Placed(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to an order that was taken."""

    order_id: int | str
    order_number: int | str
    e_commerce_order_number: int | str | None = None


class OrderTarget:
    """Orders of one connection, as `kit.connector.Target`."""

    def __init__(
        self,
        profile: Profile,
        rates: Rates,
        client: Client,
        *,
        methods: ValueMap | None,
        countries: ValueMap | None,
        where: str,
    ) -> None:
        self._profile = profile
        self._client = client
        self._rates = rates
        self._methods = methods
        self._where = where
        self._pricer = Pricer(profile, rates, where=where)
        self._tables = {
            (address, delivery): table(profile, countries, address=address, delivery=delivery)
            for address in (True, False)
            for delivery in (True, False)
        }

    def compose(self, document: Order) -> Intent:
        """The post of one order (pure), exact to the penny. Raises `Hold` where it has no place."""
        parts = self._parts(document)
        fields = self._tables[parts.address != _NOWHERE, parts.delivery_id != 0]
        return Intent(
            reference=document.key,
            payload=_ENCODER.encode(fields.run(parts, document.currency)),
            expect=compared.expected(parts, self._profile),
            losses=tuple(self._losses(parts)),
        )

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
        found: dict[str, Sequence[Seen]] = {}
        for some in _batches(references, self._profile.reference_text_most):
            found.update(await self._read(some))
        return found

    async def _read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        profile = self._profile
        orders = await self._run(profile.orders_definition, references)
        compared.checked(orders, compared.CF_ORDERS, "CF_ORDERS", self._where)
        if not orders:
            return {}
        lines = await self._run(profile.lines_definition, references)
        compared.checked(lines, compared.CF_ORDER_LINES, "CF_ORDER_LINES", self._where)
        return compared.seen(orders, lines, frozenset(references), profile.currency)

    async def _run(self, definition: int, references: Sequence[str]) -> list[compared.Row]:
        asked = {"@refs": BETWEEN.join(references), "@since": "", "@until": ""}
        return [*await self._client.run(definition, asked)]

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

    def _parts(self, order: Order) -> Parts:
        if order.currency not in self._profile.currencies:
            raise Hold(
                f"Order {order.number} is in {order.currency}, which this OrderWise does not take.",
                do="Add the currency to the connection's setting currencies, with its id.",
                where=self._where,
                code="currency",
            )
        gross, tax = self._delivery(order)
        return Parts(
            order=order,
            address=order.deliver_to if order.deliver_to != _NOWHERE else order.invoice_to,
            delivery_id=self._delivery_id(order),
            delivery_minor=gross,
            delivery_tax_minor=tax,
            sold=self._pricer.sold(order),
        )

    def _delivery(self, order: Order) -> tuple[int, int]:
        tax = sum(charge.tax_minor for charge in order.shipping)
        gross = sum(charge.amount_minor for charge in order.shipping)
        gross += 0 if order.tax_included else tax
        rates = {charge.tax_rate for charge in order.shipping}
        if len(order.shipping) > 1 and len(rates) == 1 and tax:  # rounded once there
            tax = self._rates.of(rates.pop(), tax).inside(gross)
        return gross, tax

    def _delivery_id(self, order: Order) -> int:
        if not order.shipping or self._methods is None:
            return self._profile.no_delivery
        ids = {int(self._methods.look_up(charge.title)) for charge in order.shipping}
        if len(ids) > 1:
            raise Hold(
                f"Order {order.number} is to be delivered in {len(ids)} ways, OrderWise takes one.",
                do="Map their titles to one delivery method, or enter the order by hand.",
                where=self._where,
                code="several-deliveries",
            )
        return ids.pop()

    def _losses(self, parts: Parts) -> Iterator[Loss]:
        order = parts.order
        if order.invoice_to not in (_NOWHERE, parts.address):
            yield Loss("invoice_to", "no-member", "No member for an invoice address is known.")
        if order.payments and not self._profile.payment_method_id:
            yield Loss(
                "payments", "no-member", "The setting payment_method_id names no payment method."
            )
        if parts.tax_minor != order.tax_minor:
            there, here = (
                Money(parts.tax_minor, order.currency),
                Money(order.tax_minor, order.currency),
            )
            yield Loss(
                "tax_minor",
                "rounded",
                f"A line became two, so OrderWise shows {there}, not {here}.",
            )


def _batches(references: Sequence[str], most: int) -> Iterator[list[str]]:
    """The references in runs whose joined text has at most `most` characters."""
    some: list[str] = []
    length = 0
    for reference in references:
        if some and length + len(reference) > most:
            yield some
            some, length = [], 0
        some.append(reference)
        length += len(reference) + len(BETWEEN)
    if some:
        yield some
