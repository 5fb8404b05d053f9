"""The refund in Xero: a credit note, and each repayment as a payment of it, looked up apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import msgspec

from counterfoil.connectors.xero.answers import Kind
from counterfoil.connectors.xero.client import Client
from counterfoil.connectors.xero.order import other
from counterfoil.connectors.xero.paper import Paper
from counterfoil.connectors.xero.sales import Bookkeeping, Charged, Head
from counterfoil.kit.api.readback import text
from counterfoil.kit.api.width import Width
from counterfoil.kit.connector import Answer, Intent, Seen, Step
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.unit_price import NUMBERS
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.refund import Refund, Repayment
from counterfoil.values.errors import Hold
from counterfoil.values.money import Money

NOTES: Final = Kind("CreditNotes", "CreditNoteID", "CreditNoteNumber")
PAYMENTS: Final = Kind("Payments", "PaymentID", "Reference")
_OF: Final = "~"
"""Stands between a note's number and the repayment in a payment's reference."""
_KEY: Final = Width("The key of a refund", 200, r"A-Za-z0-9 ._:/#-")  # quoted in a query
_ENCODER: Final = msgspec.json.Encoder()


class RefundTarget:
    """Refunds into Xero, as `kit.connector.Target`; `gateways` has the account of each."""

    def __init__(self, client: Client, books: Bookkeeping, gateways: ValueMap) -> None:
        self._client = client
        self._books = books
        self._gateways = gateways
        self._paper = Paper(NOTES, "ACCRECCREDIT", client.profile)

    def compose(self, document: Refund) -> Intent:
        """The note of one refund and its payments (pure). Raises `Hold` where it has no place."""
        books, name = self._books, f"Refund {document.number}"
        books.check_currency(name, document.currency)
        charged = tuple(_charged(document))
        if not charged or not document.total_minor:
            raise Hold(
                f"{name} moves no money, so there is nothing to credit.",
                do="Set it aside: what came back of goods is not the books' business.",
                where=self._client.where,
                code="no-money",
            )
        paid = [part for part in document.repayments if part.state == "succeeded"]
        paid = paid if self._client.profile.status == "AUTHORISED" else []  # of no draft
        head = Head(
            key=_KEY.fits(document.key),
            number=document.number,
            date=books.date(document.created),
            due="",
            currency=document.currency,
            inclusive=document.tax_included,
            total_minor=document.total_minor,
            tax_minor=document.tax_minor,
            lines=books.priced(charged, inclusive=document.tax_included),
            open_minor=document.total_minor - sum(part.amount_minor for part in paid),
        )
        head = msgspec.structs.replace(head, tax_minor=books.foretold(head, name))
        note = self._paper.intent(head, [*_losses(document, head)])
        steps = [Step("note", note.reference, note.payload)]
        steps += [self._payment(document, part) for part in paid]
        return msgspec.structs.replace(note, payload=b"", steps=tuple(steps))

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Make one step. Raises `Settle` where it may have landed."""
        return await self._client.put(NOTES if intents[0].step == "note" else PAYMENTS, intents)

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Every note and payment under these references."""
        payments = [reference for reference in references if _OF in reference]
        notes = [reference for reference in references if _OF not in reference]
        seen = dict[str, Sequence[Seen]]()
        if notes:
            rows = await self._client.listed(NOTES, _where(NOTES, notes))
            seen |= self._paper.standing(rows, notes)
        if payments:
            rows = await self._client.listed(PAYMENTS, _where(PAYMENTS, payments))
            for row in rows:
                reference = text(row.get("Reference"))
                if reference in payments and row.get("Status") != "DELETED":
                    payment = Seen(text(row.get("PaymentID")), reference, {})
                    seen[reference] = [*seen.get(reference, ()), payment]
        return seen

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


def _charged(refund: Refund) -> Iterator[Charged]:
    for line in refund.lines:
        name = f"{line.sku} {line.title}".strip() or "Item"
        pieces, amount = line.quantity or 1, line.amount_minor
        if amount or line.tax_minor:
            yield Charged(name, "product", pieces, amount, line.tax_minor, line.tax_rate)
    for charge in refund.shipping:
        yield other(charge, "shipping", "Delivery")
    for part in refund.adjustments:
        name, amount = part.title or part.kind.capitalize(), part.amount_minor
        yield Charged(name, part.kind, 1, amount, part.tax_minor, "")


def _where(kind: Kind, references: Sequence[str]) -> dict[str, str]:
    return {"where": " OR ".join(f'{kind.reference}=="{each}"' for each in references)}


def _losses(refund: Refund, head: Head) -> Iterator[Loss]:
    if refund.reason:
        yield Loss("reason", "no-member", "A credit note has no note.", refund.reason)
    if head.tax_minor != refund.tax_minor:
        own = Money(refund.tax_minor, refund.currency)
        why = "Xero reckons the tax line by line."
        lost = abs(head.tax_minor - refund.tax_minor)
        yield Loss("tax_minor", "rounded", why, str(own), lost)
