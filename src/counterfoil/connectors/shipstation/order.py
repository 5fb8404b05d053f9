"""The order in ShipStation: composed at final prices, put under its key, found by its number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

import msgspec

from counterfoil.connectors.shipstation.client import TITLE, Client
from counterfoil.connectors.shipstation.fields import KINDS, ROWS, SHOWN, Parts, forms
from counterfoil.kit.api.readback import fields, flat, text, unseen
from counterfoil.kit.connector import Intent, Seen, Written
from counterfoil.mapping.addresses import check_goes_somewhere
from counterfoil.mapping.currencies import check_currency
from counterfoil.mapping.items import items
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.untold import NOWHERE, untold
from counterfoil.model.order import Order
from counterfoil.values.errors import CounterfoilError, Hold, Refuse, Settle
from counterfoil.values.money import Money

UNTOLD: Final = untold(__package__ or "")
_ENCODER: Final = msgspec.json.Encoder()
_READERS: Final = {field.column: field.reader for field in SHOWN}


class OrderTarget:
    """Orders into ShipStation, as `kit.connector.Target`."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._currency = client.profile.currency
        self._forms = forms(client.profile)

    def compose(self, document: Order) -> Intent:
        """The write of one order (pure). Raises `Hold` where it has no place."""
        check_currency(document, self._currency, self._client.where)
        check_goes_somewhere(document, TITLE, self._client.where)
        parts = self._parts(document)
        form = self._forms.of(parts)
        body = form.payload.run(parts, document.currency)
        expected = form.expected(body, parts, document.currency)
        rows = {
            item.key: (item.sku, item.quantity, item.price_minor, item.name) for item in parts.items
        }
        ROWS.expect(expected, rows)
        return Intent(
            reference=document.key,
            payload=_ENCODER.encode(body),
            expect=expected,
            losses=tuple(_losses(parts)),
            kinds=KINDS,
            not_compared=form.not_compared,
        )

    async def write(self, intents: Sequence[Intent]) -> Sequence[Written | CounterfoilError]:
        """Write orders; one answer each. Raises `Settle` where they may have landed."""
        (intent,) = intents
        try:
            placed = await self._client.place(intent.payload)
        except (Hold, Refuse) as error:
            return [error]
        if placed.order_key != intent.reference:
            raise Settle(
                f"{TITLE} took order {intent.reference} and answered with another one's key.",
                do="It is looked up before anything is sent again.",
                where=self._client.where,
                code="other-order",
            )
        return [Written(identity=str(placed.order_id), number=placed.order_number)]

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Everything that ShipStation holds under each reference.

        A search by number answers with every number that begins so; the key decides.
        """
        documents: dict[str, Sequence[Seen]] = {}
        for reference in references:
            orders = await self._client.numbered(reference)
            matches = [self._seen(order) for order in orders if order.get("orderKey") == reference]
            if matches:
                documents[reference] = matches
        return documents

    def _seen(self, order: Mapping[str, Any]) -> Seen:
        row = {**order, **flat(order)}
        rows = cast("list[dict[str, Any]]", order.get("items") or [])
        of_rows, count = ROWS.seen(rows, self._currency)
        return Seen(
            identity=text(order.get("orderId")),
            number=text(order.get("orderNumber")),
            fields=fields(row, _READERS, self._currency) | of_rows | {"items": count},
            unseen=frozenset(unseen(row, _READERS)),
        )

    def _parts(self, order: Order) -> Parts:
        return Parts(
            order=order,
            items=tuple(items(order, self._client.where)),
            bill_to=order.invoice_to if order.invoice_to != NOWHERE else order.deliver_to,
            delivery_minor=sum(charge.amount_minor for charge in order.shipping),
            tax_minor=0 if order.tax_included else order.tax_minor,
            paid_minor=sum(
                payment.amount_minor for payment in order.payments if payment.state != "authorised"
            ),
            payment_method=", ".join(payment.gateway for payment in order.payments),
            service=", ".join(charge.title for charge in order.shipping),
        )


def _losses(parts: Parts) -> Iterator[Loss]:
    order = parts.order
    yield from UNTOLD.of_order(order, order.deliver_to)
    yield from UNTOLD.of_lines(order, plain=False)
    if order.tax_included and order.tax_minor:
        why = "Prices are sent with the tax in them; taxAmount is what comes on top."
        tax = str(Money(order.tax_minor, order.currency))
        yield Loss("tax_minor", "no-member", why, tax, order.tax_minor)
    if order.po_number:
        yield Loss("po_number", "no-member", "No member for it is known.", order.po_number)
