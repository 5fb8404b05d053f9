"""The order in OrderWise: composed at its final prices, posted once, found again, compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from counterfoil.connectors.orderwise import compared, losses
from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.compared import Form
from counterfoil.connectors.orderwise.line import Pricer
from counterfoil.connectors.orderwise.losses import NOWHERE
from counterfoil.connectors.orderwise.maps import Maps
from counterfoil.connectors.orderwise.payload import BETWEEN, CUSTOMER_REF, Parts, Shape
from counterfoil.connectors.orderwise.payment import Payments
from counterfoil.connectors.orderwise.profile import DECIMALS_MOST, Profile
from counterfoil.connectors.orderwise.variant import Variants
from counterfoil.kit.api.readback import Row, runs
from counterfoil.kit.connector import Intent, Seen, Written
from counterfoil.mapping import tax_cases
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.tax import Rates
from counterfoil.model.order import Company, Order
from counterfoil.values.errors import CounterfoilError, Hold, Refuse, Settle
from counterfoil.values.money import exponent

NOBODY = Company()
_ENCODER = msgspec.json.Encoder()


class _Placed(msgspec.Struct, frozen=True, rename="camel"):
    """The answer to an order that was taken."""

    order_id: int | str
    order_number: int | str
    e_commerce_order_number: int | str | None = None


class OrderTarget:
    """Orders of one connection, as `kit.connector.Target`."""

    def __init__(
        self, profile: Profile, rates: Rates, client: Client, maps: Maps, *, where: str
    ) -> None:
        self._profile = profile
        self._client = client
        self._rates = rates
        self._maps = maps
        self._where = where
        variants = Variants(profile, maps.variants, where=where)
        self._pricer = Pricer(profile, rates, variants, where=where)
        self._payments = Payments(profile, maps.payments)
        self._decided = profile.decided(where)
        self._forms: dict[Shape, Form] = {}
        self._is_reference = profile.external_ref_field == CUSTOMER_REF

    def compose(self, document: Order) -> Intent:
        """The post of one order (pure), exact to the penny. Raises `Hold` where it has no place."""
        self._check_currency(document)
        plain = tax_cases.plain(document)
        order, tax_losses = document, ()
        if not (plain and document.tax_minor):
            order, tax_losses = tax_cases.settled(document, self._decided)
        payment, payment_losses = self._payments.told(order)
        parts = self._parts(order, payment)
        form = self._form(parts)
        sent = form.payload.run(parts, order.currency)
        return Intent(
            reference=order.key,
            payload=_ENCODER.encode(sent),
            expect=compared.expected(form, sent, parts, self._profile),
            losses=(*tax_losses, *payment_losses, *self._losses(parts, plain=plain)),
            kinds=compared.KINDS,
            not_compared=form.not_compared,
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
        for some in runs(references, self._profile.reference_text_most, BETWEEN):
            found.update(await self._read(some))
        return found

    async def _read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        profile = self._profile
        orders = await self._run(profile.orders_definition, references)
        compared.CF_ORDERS.check(orders, self._where)
        if not orders:
            return {}
        lines = await self._run(profile.lines_definition, references)
        compared.CF_ORDER_LINES.check(lines, self._where)
        return compared.seen(orders, lines, frozenset(references), profile.currencies)

    async def _run(self, definition: int, references: Sequence[str]) -> list[Row]:
        asked = {"@refs": BETWEEN.join(references), "@since": "", "@until": ""}
        return await self._client.run(definition, asked)

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

    def _check_currency(self, order: Order) -> None:
        if order.currency in self._profile.currencies:
            return
        do = (
            f"Add {order.currency} to the connection's setting currencies, with its id in value"
            " list 1, and send the held records again."
        )
        if exponent(order.currency) > DECIMALS_MOST:
            do = (
                "Its amounts have more decimals than a price in OrderWise has: enter the order by"
                " hand and set this one aside."
            )
        raise Hold(
            f"Order {order.number} is in {order.currency}, which this OrderWise does not take.",
            do=do,
            where=self._where,
            code="currency",
        )

    def _parts(self, order: Order, payment: int) -> Parts:
        gross, tax = self._delivery(order)
        return Parts(
            order=order,
            address=order.deliver_to if order.deliver_to != NOWHERE else order.invoice_to,
            customer_id=self._customer(order),
            payment_id=payment,
            delivery_id=self._delivery_id(order),
            delivery_minor=gross,
            delivery_tax_minor=tax,
            sold=self._pricer.sold(order),
        )

    def _form(self, parts: Parts) -> Form:
        shape = Shape(
            customer_id=parts.customer_id != 0,
            address=parts.address != NOWHERE,
            delivery=parts.delivery_id != 0,
            payment=parts.payment_id != 0,
            po_number=parts.order.po_number != "" and not self._is_reference,
        )
        found = self._forms.get(shape)
        if found is None:
            found = compared.form(self._profile, self._maps.countries, shape)
            self._forms[shape] = found
        return found

    def _customer(self, order: Order) -> int:
        company, companies = order.company, self._maps.companies
        if company == NOBODY:
            return self._profile.customer_id
        if companies is None:
            raise Hold(
                f"Order {order.number} was placed by a business ({company.key}), and no account"
                " is mapped for one.",
                do="Write its number with its account's id in OrderWise into a value map, name"
                " that map in the setting company_map, and send the held records again.",
                where=self._where,
                code="company-unmapped",
            )
        branch = f"{company.key}/{company.location}"
        known = (branch if companies.case else branch.casefold()) in companies.values
        return int(companies.look_up(branch if known else company.key))

    def _delivery(self, order: Order) -> tuple[int, int]:
        tax = sum(charge.tax_minor for charge in order.shipping)
        gross = sum(charge.amount_minor for charge in order.shipping)
        gross += 0 if order.tax_included else tax
        if gross < 0:
            raise Hold(
                f"The postage of order {order.number} is discounted below nothing.",
                do="Enter the order by hand, and set this one aside.",
                where=self._where,
                code="negative-line",
            )
        rates = {charge.tax_rate for charge in order.shipping}
        if len(order.shipping) > 1 and len(rates) == 1 and tax:  # rounded once there
            tax = self._rates.of(rates.pop(), tax).inside(gross)
        return gross, tax

    def _delivery_id(self, order: Order) -> int:
        methods = self._maps.methods
        if not order.shipping or methods is None:
            return self._profile.no_delivery
        ids = {int(methods.look_up(charge.title)) for charge in order.shipping}
        if len(ids) > 1:
            raise Hold(
                f"Order {order.number} is to be delivered in {len(ids)} ways, OrderWise takes one.",
                do="Map their titles to one delivery method, or enter the order by hand.",
                where=self._where,
                code="several-deliveries",
            )
        return ids.pop()

    def _losses(self, parts: Parts, *, plain: bool) -> Iterator[Loss]:
        order = parts.order
        if parts.tax_minor != order.tax_minor:
            yield losses.of_tax(order, parts.tax_minor)
        if losses.marked(order) or parts.address == NOWHERE:
            yield from losses.of_order(order, parts.address)
        yield from losses.of_lines(order, plain=plain)
        if self._is_reference and order.po_number:
            why = "The setting external_ref_field takes the member that would carry it."
            yield Loss("po_number", "no-member", why, order.po_number)
        if order.currency != self._profile.currency and not self._profile.currency_field:
            why = "The setting currency_field names no member for it."
            yield Loss("currency", "no-member", why, order.currency)
