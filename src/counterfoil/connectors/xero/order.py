"""The order in Xero: a sales invoice of its own, made once and found by its number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from counterfoil.connectors.xero.client import Client
from counterfoil.connectors.xero.paper import BETWEEN, paper
from counterfoil.connectors.xero.profile import TITLE
from counterfoil.kit.api.row_answers import Kind
from counterfoil.kit.connector import Answer, Intent, Seen
from counterfoil.mapping.bookkeeping import Bookkeeping, Head
from counterfoil.mapping.charges import sold
from counterfoil.mapping.losses import Loss
from counterfoil.mapping.tax_cases import Decided, plain, settled
from counterfoil.mapping.untold import NOWHERE, untold
from counterfoil.model.order import Order

INVOICES: Final = Kind("Invoices", "InvoiceID", "InvoiceNumber")
UNTOLD: Final = untold(__package__ or "")


class OrderTarget:
    """Orders into Xero as invoices, as `kit.connector.Target`."""

    def __init__(self, client: Client, books: Bookkeeping) -> None:
        self._client = client
        self._books = books
        self._paper = paper(INVOICES, "ACCREC", client.profile, due=True)
        self._decided = Decided("not-taxed", client.profile.marketplace_tax, TITLE, client.where)

    def compose(self, document: Order) -> Intent:
        """The invoice of one order (pure). Raises `Hold` where it has no place."""
        order, losses = settled(document, self._decided)
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
            ),
            sold(order, self._client.where),
        )
        losses = [*losses, *self._books.rounded(order.tax_minor, head), *_losses(order)]
        return self._paper.intent(head, head.key, head.currency, losses)

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:
        """Make invoices; one answer each. Raises `Settle` where they may have landed."""
        return await self._client.put(INVOICES, intents)

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        """Everything that Xero holds under each number."""
        if not references:
            return {}
        query = {"InvoiceNumbers": BETWEEN.join(references)}
        return self._paper.standing(await self._client.listed(INVOICES, query), references)


def _losses(order: Order) -> Iterator[Loss]:
    yield from UNTOLD.of_order(order, NOWHERE)
    yield from UNTOLD.of_lines(order, plain=plain(order))
    besides = {"po_number": order.po_number, "company": order.company.key, "note": order.note}
    for name, text in besides.items():
        if text:
            yield Loss(name, "no-member", UNTOLD.no_member[name], text)
