"""How an order, or a credit, is posted once, found again and compared: by both in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
from counterfoil.connectors.orderwise.profile import Profile
from counterfoil.kit.api.compared import Forms
from counterfoil.kit.api.readback import Row, runs
from counterfoil.kit.connector import Field, Intent, Seen, Written
from counterfoil.mapping.losses import Loss
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

    def __init__(self, profile: Profile, client: Client, *, where: str) -> None:
        self._profile = profile
        self._client = client
        self._where = where

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
