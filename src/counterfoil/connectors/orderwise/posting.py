"""How an order, or a credit, is posted once, found again and compared: by both in the same way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from counterfoil.connectors.orderwise.client import Client
from counterfoil.connectors.orderwise.fields import (
    BETWEEN,
    CF_ORDER_LINES,
    CF_ORDERS,
    KINDS,
    ROWS,
    SEEN,
    Parts,
)
from counterfoil.connectors.orderwise.profile import TITLE, Profile, currencies_of
from counterfoil.kit.api.compared import Forms
from counterfoil.kit.api.heads import Shows
from counterfoil.kit.connector import Field, Intent, Seen, Written
from counterfoil.mapping.buyer import Buyers
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.one_payment import OnePayment
from counterfoil.mapping.untold import tax_rounded
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.values.errors import CounterfoilError, Hold, Refuse, Settle

_ENCODER: Final = msgspec.json.Encoder()


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


class Posting:
    """What the targets of orders and credits have in common."""

    def __init__(
        self, profile: Profile, client: Client, maps: Mapping[str, ValueMap | None], *, where: str
    ) -> None:
        self._profile = profile
        self._client = client
        self._where = where
        self._payments = OnePayment(TITLE, profile.payment_method_id, maps["payment_map"])
        self._buyers = Buyers(profile.customer_id, maps["company_map"], target=TITLE, where=where)
        self._currencies = currencies_of(profile, where)
        self._shows = Shows(
            client.query(CF_ORDERS, "orders_definition", "@since", "@until"),
            client.query(CF_ORDER_LINES, "lines_definition", "@since", "@until"),
            *(SEEN, "", profile.currencies, profile.reference_text_most, BETWEEN),
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
        return await self._shows.read(references)

    def lost(self, parts: Parts) -> Iterator[Loss]:
        """What OrderWise shows otherwise than the shop: its own tax, and perhaps no currency."""
        order = parts.order
        if parts.tax_minor != order.tax_minor:
            yield tax_rounded(order.tax_minor, parts.tax_minor, order.currency, TITLE)
        if order.currency != self._currencies.first and not self._profile.currency_field:
            why = "The setting currency_field names no member for it."
            yield Loss("currency", "no-member", why, order.currency)

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
