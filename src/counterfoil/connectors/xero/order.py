"""The order in Xero: a sales invoice of its own, found by its number; its payments where wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from msgspec.structs import replace

from counterfoil.connectors.xero.client import Client
from counterfoil.connectors.xero.paper import BETWEEN, paper
from counterfoil.connectors.xero.payment import Payments, others
from counterfoil.connectors.xero.profile import TITLE
from counterfoil.kit.api.row_answers import Kind
from counterfoil.kit.connector import Answer, Intent, Seen, Step
from counterfoil.mapping.bookkeeping import Bookkeeping, Head
from counterfoil.mapping.charges import sold
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.tax_cases import Decided, plain, settled
from counterfoil.mapping.untold import NOWHERE, untold
from counterfoil.model.line import Payment
from counterfoil.model.order import Order
from counterfoil.values.errors import Hold
from counterfoil.values.money import Money

INVOICES: Final = Kind("Invoices", "InvoiceID", "InvoiceNumber")
UNTOLD: Final = untold(__package__ or "")


class OrderTarget:
    """Orders into Xero as invoices, as `kit.connector.Target`."""

    def __init__(self, client: Client, books: Bookkeeping, payments: Payments) -> None:
        self._client = client
        self._books = books
        self._payments = payments
        self._pays = client.profile.book_payments and client.profile.status == "AUTHORISED"
        self._paper = paper(INVOICES, "ACCREC", client.profile, due=True)
        self._decided = Decided("not-taxed", client.profile.marketplace_tax, TITLE, client.where)

    def compose(self, document: Order) -> Intent:
        """The invoice of one order (pure). Raises `Hold` where it has no place."""
        order, losses = settled(document, self._decided)
        paid = self._paid(order)
        head = self._books.head(
            f"Order {order.number}",
            Head(
                key=order.key,
                number=order.number,
                date=self._books.date(order.placed),
                due=self._books.date(order.placed, order.terms.due_days),
                currency=order.currency,
                total_minor=order.total_minor,
                inclusive=order.tax_included,
                open_minor=order.total_minor - sum(part.amount_minor for part in paid),
            ),
            sold(order, self._client.where),
        )
        losses = [*losses, *self._books.rounded(order.tax_minor, head), *_losses(order)]
        invoice = self._paper.intent(head, head.key, head.currency, losses)
        if not paid:
            return invoice
        steps = [Step("invoice", invoice.reference, invoice.payload)]
        steps += [
            self._payments.step(
                INVOICES, order.key, part.reference or part.gateway, part.gateway,
                Money(part.amount_minor, order.currency), order.placed,
            )
            for part in paid
        ]  # fmt: skip
        return replace(invoice, payload=b"", steps=tuple(steps))

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Make invoices, or payments of them; one answer each. Raises `Settle` where they may have
        landed."""
        return await self._payments.put(INVOICES, intents)

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Everything that Xero holds under each number, and every payment so called."""
        numbers = others(references)
        query = {"InvoiceNumbers": BETWEEN.join(numbers)}
        rows = await self._client.listed(INVOICES, query) if numbers else ()
        return {**self._paper.standing(rows, numbers), **await self._payments.read(references)}

    def _paid(self, order: Order) -> list[Payment]:
        """What is booked as paid. Raises `Hold` (code "overpaid") for more than the order comes to:
        what went back of it went another way than it came, and no payment of an invoice says so."""
        paid = [part for part in order.payments if part.state != "authorised" and self._pays]
        came = Money(sum(part.amount_minor for part in paid), order.currency)
        if came.minor <= order.total_minor:
            return paid
        raise Hold(
            f"Order {order.number} comes to {order.total}, and {came} of payments stand beside it:"
            " what went back went another way than it came.",
            do="Enter the invoice, its payment and what went back by hand, and set this one aside.",
            where=self._client.where,
            code="overpaid",
        )


def _losses(order: Order) -> Iterator[Loss]:
    yield from UNTOLD.of_order(order, NOWHERE)
    yield from UNTOLD.of_lines(order, plain=plain(order))
    besides = {"po_number": order.po_number, "company": order.company.key, "note": order.note}
    for name, text in besides.items():
        if text:
            yield Loss(name, "no-member", UNTOLD.no_member[name], text)
