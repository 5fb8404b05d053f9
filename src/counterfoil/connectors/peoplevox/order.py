"""The order in Peoplevox: a head that is not allocated, its lines, and the head once more.

By docs/decisions/steps.md these three calls are one write and no steps: each is an upsert by the
same number, so none is given anything by the one before it, a look-up by reference could not tell
the third from the first, and the whole of it repeated makes the same order again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from counterfoil.connectors.peoplevox.client import Client
from counterfoil.connectors.peoplevox.fields import KEY, paired
from counterfoil.connectors.peoplevox.profile import TITLE, Profile, currencies_of
from counterfoil.connectors.peoplevox.templates import (
    ALLOCATE,
    DO_NOT_ALLOCATE,
    Action,
    Templates,
)
from counterfoil.kit.api.readback import Row
from counterfoil.kit.connector import Answer, Intent, Partly, Seen, Written
from counterfoil.mapping.item_code import ItemCodes
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.one_payment import OnePayment
from counterfoil.mapping.one_service import OneService
from counterfoil.mapping.picks import Picks, paid_beside
from counterfoil.mapping.untold import NOWHERE, untold
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.address import Address
from counterfoil.model.order import Order
from counterfoil.values.errors import CounterfoilError, Hold, Refuse, Settle

ORDERS: Final = "Sales orders"
ITEMS: Final = "Sales order items"
CANCELLED: Final = "Cancelled"
UNTOLD: Final = untold(__package__ or "")
_NOT_COMPARED: Final = ("release",)
_ENCODER: Final = msgspec.json.Encoder()


class Parts(msgspec.Struct, frozen=True):
    """An order with what was looked up for it."""

    order: Order
    address: Address
    contact: str
    service: str
    payment_id: int
    discount_minor: int
    shipping_minor: int
    partial: bool
    channel: str


class _Sent(msgspec.Struct, frozen=True):
    """A payload: the cells of the head, and of each line."""

    order: dict[str, str]
    lines: list[dict[str, str]] = []


class OrderTarget:
    """Orders of one connection, as `kit.connector.Cancels`; `maps` has its value maps."""

    def __init__(
        self, profile: Profile, client: Client, maps: Mapping[str, ValueMap | None], *, where: str
    ) -> None:
        codes = {name: getattr(profile, name) for name in ("custom_item", "gift_card_item")}
        self._picks = Picks(ItemCodes("item", codes, maps["item_map"], where=where), where)
        self._payments = OnePayment(TITLE, 0, maps["payment_map"])
        self._services = OneService(maps["service_map"], profile.no_service, TITLE, where)
        self._currencies = currencies_of(profile, where)
        self._profile = profile
        self._where = where
        self._sheets = paired(profile, maps["country_map"])
        heads = (*self._sheets.head.names, *self._sheets.also.names)
        needed = {ORDERS: heads, ITEMS: self._sheets.below.names}
        self._templates = Templates(client, profile, needed, where=where)

    def compose(self, document: Order) -> Intent:
        """The rows of one order (pure). Raises `Hold` where it has no place."""
        order, currency = document, document.currency
        self._currencies.check(order)
        payment, losses = self._payments.of(order)
        parts = self._parts(order, payment or self._profile.unpaid_method_id)
        head = self._sheets.head.row(parts, currency)
        lines = [self._sheets.below.row(pick, currency) for pick in self._picks.of(order)]
        return Intent(
            reference=head[KEY],
            payload=_ENCODER.encode(_Sent(head, lines)),
            expect=self._sheets.expected(head, lines, currency),
            losses=(*losses, *_losses(order, parts)),
            kinds=self._sheets.kinds,
            not_compared=_NOT_COMPARED,
        )

    def cancellation(self, document: Order, identity: str) -> Intent:
        """The row that cancels what Peoplevox calls `identity` (pure)."""
        sent = _Sent({KEY: identity, "Status": CANCELLED})
        expected = {"status": CANCELLED}
        return Intent(identity, _ENCODER.encode(sent), expected, kinds=self._sheets.kinds)

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Save one order. Raises `Settle` where it may have landed without saying so."""
        (intent,) = intents
        sent, key = msgspec.json.decode(intent.payload, type=_Sent), intent.reference
        await self._templates.check()
        try:
            await self._save(ORDERS, [sent.order], DO_NOT_ALLOCATE)
        except (Hold, Refuse) as error:
            return [error]
        try:
            await self._save(ITEMS, sent.lines, ALLOCATE)
            await self._save(ORDERS, [sent.order], ALLOCATE)
        except (Hold, Refuse) as error:
            return [Partly(key, error, key)]
        except CounterfoilError as error:  # the head is there: nobody may think that nothing is
            raise self._unsure(key, error.said) from error
        return [Written(key, key)]

    async def cancel(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Cancel one order; a refusal, as of one that is being picked, is a person's."""
        (intent,) = intents
        sent = msgspec.json.decode(intent.payload, type=_Sent)
        await self._templates.check()
        try:
            await self._save(ORDERS, [sent.order], ALLOCATE)
        except (Hold, Refuse) as error:
            return [error]
        return [Written(intent.reference, intent.reference)]

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Every order under each reference; a row that was repeated counts once."""
        heads = await self._templates.rows(ORDERS, references)
        heads = [row for row in heads if row[KEY] in references]
        lines = await self._templates.rows(ITEMS, [str(row[KEY]) for row in heads])
        return {str(row[KEY]): [self._seen(row, lines)] for row in heads}

    async def proven(self) -> str:
        """One sentence about the templates that answered. Raises `Misconfigured` where one lacks a
        column."""
        await self._templates.check(anew=True)
        return f"{TITLE} answered; its templates have every column that an order needs."

    async def _save(self, template: str, rows: Sequence[dict[str, str]], action: Action) -> None:
        key = rows[0][KEY]
        saved = await self._templates.save(template, rows, action)
        if saved.refused:
            raise Hold(
                f"{TITLE} refused {', '.join(saved.refused)} of {template!r}:"
                f" {saved.detail or 'it gives no reason'}.",
                do="Correct the cause there or at the source, then send the held record again.",
                where=self._where,
                code="peoplevox-refused",
            )
        if saved.untold and not await self._landed(template, rows):
            raise self._unsure(key, f"{TITLE} did not say what became of {saved.untold} rows.")

    async def _landed(self, template: str, rows: Sequence[dict[str, str]]) -> bool:
        """Whether lines of which nothing was told are there. Of a head only its answer tells
        whether it was allocated."""
        if template != ITEMS:
            return False
        try:
            landed = await self._templates.rows(template, [rows[0][KEY]])
        except CounterfoilError:
            return False
        return self._sheets.there(rows, landed, self._currencies.first)

    def _unsure(self, key: str, why: str) -> Settle:
        sentence = f"Of order {key} a part is in {TITLE}, and perhaps all of it: {why}"
        return Settle(
            sentence, do="It is sent again under its number by itself.", where=self._where
        )

    def _seen(self, head: Row, rows: Sequence[Row]) -> Seen:
        key = str(head[KEY])
        lines = [row for row in rows if row[KEY] == key]
        return Seen(key, key, *self._sheets.seen(head, lines, self._currencies.first))

    def _parts(self, order: Order, payment_id: int) -> Parts:
        address = order.deliver_to if order.deliver_to != NOWHERE else order.invoice_to
        names = (address.name, address.company, order.invoice_to.name)
        tax = 0 if order.tax_included else sum(charge.tax_minor for charge in order.shipping)
        if not payment_id:
            raise Hold(
                f"Order {order.number} is not paid by any payment method.",
                do="Set unpaid_method_id, or let the route wait until it is paid.",
                where=self._where,
                code="no-place",
            )
        return Parts(
            order=order,
            address=address,
            contact=next((name for name in names if name.strip()), ""),
            service=self._services.of(order),
            payment_id=payment_id,
            discount_minor=sum(line.discount_minor for line in order.lines),
            shipping_minor=sum(charge.amount_minor for charge in order.shipping) + tax,
            partial=self._profile.partial_shipment,
            channel=self._profile.channel_name,
        )


def _losses(order: Order, parts: Parts) -> Iterator[Loss]:
    yield from UNTOLD.of_order(order, parts.address)
    yield from UNTOLD.of_lines(order, plain=True)
    texts = {
        "note": order.note,
        "po_number": order.po_number,
        "phone": parts.address.phone or order.phone,
        "deliver_to.company": parts.address.company if parts.address.name.strip() else "",
        "lines": paid_beside(order),
    }
    for field, value in texts.items():
        if value:
            yield Loss(field, "no-member", UNTOLD.no_member[field], value)
