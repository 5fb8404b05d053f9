"""The vendor's own library drives our twin: what it sends is taken, what is answered it reads."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from tests.connectors.xero.xero_socket import served
from tests.connectors.xero.xero_stage import SECRETS, TENANT

pytest.importorskip("xero_python", reason="the vendor's library xero-python is not installed")

from xero_python.accounting import (
    Account,
    AccountingApi,
    Contact,
    CreditNote,
    CreditNotes,
    CurrencyCode,
    Invoice,
    Invoices,
    LineAmountTypes,
    LineItem,
    Payment,
    Payments,
)
from xero_python.api_client import ApiClient
from xero_python.api_client.configuration import Configuration
from xero_python.api_client.oauth2 import OAuth2Token
from xero_python.exceptions import AccountingBadRequestException

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")
DAY = dt.date(2026, 10, 5)


def api(url: str, token: str) -> Any:
    oauth2 = OAuth2Token(SECRETS["client_id"], SECRETS["client_secret"])
    client = ApiClient(Configuration(oauth2_token=oauth2), pool_threads=1)
    held = {"access_token": token, "expires_in": 1800, "token_type": "Bearer",
            "scope": ["offline_access"], "refresh_token": "-", "expires_at": 4e9}  # fmt: skip
    client.oauth2_token_getter(lambda: held)
    client.oauth2_token_saver(held.update)
    return AccountingApi(client, base_url=f"{url}/api.xro/2.0")


def line(price: float = 24.0, account: str = "200") -> Any:
    return LineItem(
        description="Tee red M", quantity=2, unit_amount=price, account_code=account,
        tax_type="OUTPUT2",
    )  # fmt: skip


def invoice(number: str, **more: Any) -> Any:
    told = {"line_items": [line()], "status": "AUTHORISED", **more}
    return Invoice(
        type="ACCREC",
        invoice_number=number,
        contact=Contact(name="Web sales"),
        date=DAY,
        due_date=DAY,
        line_amount_types=LineAmountTypes.INCLUSIVE,
        currency_code=CurrencyCode.GBP,
        **told,
    )


async def driven(drive: Callable[[Any], None], **site: Any) -> None:
    """Let the library drive a fresh twin, from a thread of its own."""
    async with served(**site) as xero:
        await asyncio.to_thread(drive, api(xero.url, xero.tokens.issue()))


async def test_an_invoice_is_made_paid_credited_and_read() -> None:
    def drive(xero: Any) -> None:
        (made,) = xero.create_invoices(TENANT, Invoices(invoices=[invoice("A-1")])).invoices
        assert (made.total, made.total_tax, made.status) == (48, 8, "AUTHORISED")
        payment = Payment(
            invoice=Invoice(invoice_number="A-1"), account=Account(code="851"), date=DAY, amount=48
        )
        (paid,) = xero.create_payments(TENANT, Payments(payments=[payment])).payments
        assert (paid.payment_type, paid.invoice.status) == ("ACCRECPAYMENT", "PAID")
        note = CreditNote(
            type="ACCRECCREDIT",
            credit_note_number="A-1-R1",
            contact=Contact(name="Web sales"),
            date=DAY,
            line_amount_types=LineAmountTypes.INCLUSIVE,
            line_items=[line(12.0)],
            status="AUTHORISED",
        )
        (credit,) = xero.create_credit_notes(TENANT, CreditNotes(credit_notes=[note])).credit_notes
        assert (credit.total, credit.remaining_credit) == (24, 24)
        (read,) = xero.get_invoices(TENANT, invoice_numbers=["A-1"], page=1).invoices
        assert (read.amount_due, read.amount_paid, read.date) == (0, 48, DAY)
        assert read.line_items[0].description == "Tee red M"
        (unread,) = xero.get_invoices(TENANT, where='Status=="PAID"').invoices
        assert unread.line_items == [], "without a page a list has no lines"
        (gone,) = xero.delete_payment(TENANT, paid.payment_id, {"Status": "DELETED"}).payments
        assert gone.status == "DELETED"
        (open_,) = xero.get_invoice(TENANT, made.invoice_id).invoices
        assert (open_.amount_due, open_.status) == (48, "AUTHORISED")

    await driven(drive)


async def test_failures_inside_a_good_answer_and_a_400_that_made_the_others() -> None:
    def drive(xero: Any) -> None:
        batch = Invoices(
            invoices=[invoice("B-1"), invoice("B-2", line_items=[line(account="999")])]
        )
        made = xero.create_invoices(TENANT, batch, summarize_errors=False).invoices
        assert [one.status_attribute_string for one in made] == ["OK", "ERROR"]
        assert made[1].validation_errors[0].message == "Account must be valid."
        batch = Invoices(invoices=[invoice("B-3"), invoice("B-1")])
        with pytest.raises(AccountingBadRequestException):
            xero.create_invoices(TENANT, batch)
        there = xero.get_invoices(TENANT, invoice_numbers=["B-1", "B-2", "B-3"], page=1).invoices
        assert [one.invoice_number for one in there] == ["B-1", "B-3"]

    await driven(drive)


async def test_a_key_is_honoured_and_used_once_for_one_request() -> None:
    def drive(xero: Any) -> None:
        first, again = (
            xero.create_invoices(
                TENANT, Invoices(invoices=[invoice("K-1")]), idempotency_key="k"
            ).invoices
            for _ in range(2)
        )
        assert first[0].invoice_id == again[0].invoice_id
        with pytest.raises(AccountingBadRequestException):
            xero.create_invoices(TENANT, Invoices(invoices=[invoice("K-2")]), idempotency_key="k")
        with pytest.raises(AccountingBadRequestException):
            xero.create_invoices(
                TENANT, Invoices(invoices=[invoice("K-3")]), idempotency_key="k" * 129
            )

    await driven(drive)
