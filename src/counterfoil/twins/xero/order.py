"""Invoices: what is owed, made once under a number, paid and credited from outside, or void."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from counterfoil.twins.kit.filing import Row
from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.xero.books import DEAD, Books, Kind

_NOTHING: Final = Decimal(0)


def owed(invoice: Row, paid: Decimal, credited: Decimal) -> dict[str, Any]:
    """The invoice with so much paid and credited, and the status that this makes."""
    total, status = Decimal(invoice["Total"]), invoice["Status"]
    due = total - paid - credited
    if status in ("AUTHORISED", "PAID"):
        status = "AUTHORISED" if due or not total else "PAID"
    amounts = {"AmountDue": due, "AmountPaid": paid, "AmountCredited": credited}
    return {**invoice, **amounts, "Status": status}


def _made(books: Books, posted: Row, before: Row | None, places: int) -> dict[str, Any]:
    paid, credited = _NOTHING, _NOTHING
    if before is not None:
        paid, credited = Decimal(before["AmountPaid"]), Decimal(before["AmountCredited"])
        ends = posted.get("Status") in DEAD
        if before["Status"] in DEAD or (ends and (paid or credited)):
            raise Refusal("Invoice not of valid status for modification")
        if paid and "LineItems" in posted:
            raise Refusal("Invoice not of valid status for modification")
    whole = {**(before or {}), **posted}
    invoice = books.head(posted, before, places)
    if invoice["Status"] == "AUTHORISED" and not whole.get("DueDate"):
        raise Refusal("Due Date cannot be empty")
    due = books.dated("DueDate", whole, locks=False) if whole.get("DueDate") else {}
    parts = dict.fromkeys(("Payments", "CreditNotes", "Prepayments", "Overpayments"), ())
    invoice = {**parts, **invoice, "InvoiceNumber": whole.get("InvoiceNumber", ""), **due}
    if invoice["Status"] in DEAD:
        return {**invoice, "AmountDue": _NOTHING, "AmountPaid": paid, "AmountCredited": credited}
    return owed(invoice, paid, credited)


def _unique(posted: Row) -> bool:
    """Recorded: numbers of sales only. A bill's comes as often as its supplier likes."""
    return posted.get("Type", "ACCREC") == "ACCREC" and bool(posted.get("InvoiceNumber"))


INVOICES: Final = Kind("Invoices", "InvoiceID", "InvoiceNumber", _unique, _made)
