"""The refund in Xero: a credit note, and each repayment as a payment of it, looked up apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from counterfoil.connectors.xero.client import Client
from counterfoil.connectors.xero.paper import paper
from counterfoil.connectors.xero.payment import KEY, Payments, others
from counterfoil.kit.api.row_answers import Kind
from counterfoil.kit.connector import ALONE, Answer, Inputs, Intent, Seen, Step
from counterfoil.mapping.bookkeeping import Bookkeeping, Head
from counterfoil.mapping.charges import credited
from counterfoil.mapping.losses import Loss
from counterfoil.model.refund import Refund
from counterfoil.values.errors import Hold
from counterfoil.values.money import Money

NOTES: Final = Kind("CreditNotes", "CreditNoteID", "CreditNoteNumber")


class RefundTarget:
    """Refunds into Xero, as `kit.connector.Target`."""

    def __init__(self, client: Client, books: Bookkeeping, payments: Payments) -> None:
        self._client = client
        self._books = books
        self._payments = payments
        self._paper = paper(NOTES, "ACCRECCREDIT", client.profile)

    def compose(self, document: Refund, inputs: Inputs = ALONE) -> Intent:
        """The note of one refund and its payments (pure): it names no invoice, so that it does not
        ask what its order is called here. Raises `Hold` where it has no place."""
        name, charged = f"Refund {document.number}", tuple(credited(document))
        if not charged or not document.total_minor:
            do = "Set it aside: what came back of goods is not the books' business."
            raise Hold(
                f"{name} moves no money.", do=do, where=self._client.where, code="nothing-to-credit"
            )
        paid = [part for part in document.repayments if part.state == "succeeded"]
        paid = paid if self._client.profile.status == "AUTHORISED" else []  # of no draft
        head = Head(
            key=KEY.fits(document.key),
            number=document.number,
            date=self._books.date(document.created),
            due="",
            currency=document.currency,
            total_minor=document.total_minor,
            open_minor=document.total_minor - sum(part.amount_minor for part in paid),
            inclusive=document.tax_included,
        )
        head = self._books.head(name, head, charged)
        losses = [*self._books.rounded(document.tax_minor, head)]
        if document.reason:
            losses.append(Loss("reason", "no-member", "A note has no note.", document.reason))
        note = self._paper.intent(head, head.key, head.currency, losses)
        steps = [Step("note", note.reference, note.payload)]
        steps += [
            self._payments.step(
                NOTES, document.key, part.key, part.gateway,
                Money(part.amount_minor, document.currency), part.at or document.created,
            )
            for part in paid
        ]  # fmt: skip
        return msgspec.structs.replace(note, payload=b"", steps=tuple(steps))

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Make one step. Raises `Settle` where it may have landed."""
        return await self._payments.put(NOTES, intents)

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Every note and payment under these references."""
        notes = others(references)
        rows = await self._client.called(NOTES, notes) if notes else ()
        return {**self._paper.standing(rows, notes), **await self._payments.read(references)}
