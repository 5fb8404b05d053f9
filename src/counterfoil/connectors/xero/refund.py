"""The refund in Xero: a credit note, and each repayment as a payment of it, looked up apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from counterfoil.connectors.xero.client import Client
from counterfoil.connectors.xero.paper import paper
from counterfoil.kit.api.readback import text
from counterfoil.kit.api.row_answers import Kind
from counterfoil.kit.api.width import Width
from counterfoil.kit.connector import Answer, Intent, Seen, Step
from counterfoil.mapping.bookkeeping import Bookkeeping, Head
from counterfoil.mapping.charges import credited
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.unit_price import NUMBERS
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.refund import Refund, Repayment
from counterfoil.values.errors import Hold

NOTES: Final = Kind("CreditNotes", "CreditNoteID", "CreditNoteNumber")
PAYMENTS: Final = Kind("Payments", "PaymentID", "Reference")
_OF: Final = "~"
"""Stands between a note's number and the key of a repayment."""
_KEY: Final = Width("The key of a refund", 200, r"A-Za-z0-9 ._:/#-")  # quoted in a query
_ENCODER: Final = msgspec.json.Encoder()


class RefundTarget:
    """Refunds into Xero, as `kit.connector.Target`; `gateways` has the account of each."""

    def __init__(self, client: Client, books: Bookkeeping, gateways: ValueMap) -> None:
        self._client = client
        self._books = books
        self._gateways = gateways
        self._paper = paper(NOTES, "ACCRECCREDIT", client.profile)

    def compose(self, document: Refund) -> Intent:
        """The note of one refund and its payments (pure). Raises `Hold` where it has no place."""
        name, charged = f"Refund {document.number}", tuple(credited(document))
        if not charged or not document.total_minor:
            do = "Set it aside: what came back of goods is not the books' business."
            raise Hold(
                f"{name} moves no money.", do=do, where=self._client.where, code="nothing-to-credit"
            )
        paid = [part for part in document.repayments if part.state == "succeeded"]
        paid = paid if self._client.profile.status == "AUTHORISED" else []  # of no draft
        head = Head(
            key=_KEY.fits(document.key),
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
        steps += [self._payment(document, part) for part in paid]
        return msgspec.structs.replace(note, payload=b"", steps=tuple(steps))

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Make one step. Raises `Settle` where it may have landed."""
        return await self._client.put(NOTES if intents[0].step == "note" else PAYMENTS, intents)

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Every note and payment under these references."""
        documents = dict[str, Sequence[Seen]]()
        if notes := [reference for reference in references if _OF not in reference]:
            rows = await self._client.called(NOTES, notes)
            documents |= self._paper.standing(rows, notes)
        if payments := [reference for reference in references if _OF in reference]:
            for row in await self._client.called(PAYMENTS, payments):
                reference = text(row.get("Reference"))
                if reference in payments and row.get("Status") != "DELETED":
                    payment = Seen(text(row.get("PaymentID")), reference, {})
                    documents[reference] = [*documents.get(reference, ()), payment]
        return documents

    def _payment(self, refund: Refund, part: Repayment) -> Step:
        reference = f"{refund.key}{_OF}{_KEY.fits(part.key)}"
        body = {
            "CreditNote": {"CreditNoteNumber": refund.key},
            "Account": {"Code": self._gateways.look_up(part.gateway)},
            "Date": self._books.date(part.at or refund.created),
            "Amount": NUMBERS[refund.currency][part.amount_minor],
            "Reference": reference,
        }
        return Step("payment", reference, _ENCODER.encode(body))
