"""Credit notes: what is taken back of what was owed, made once under a number, and paid out."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from counterfoil.twins.kit.filing import Row
from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.xero.books import DEAD, Books, Kind


def _noted(books: Books, posted: Row, before: Row | None, places: int) -> dict[str, Any]:
    whole = {**(before or {}), **posted}
    spent = Decimal(0) if before is None else before["Total"] - before["RemainingCredit"]
    if before is not None and (before["Status"] in DEAD or spent):
        raise Refusal("Credit note not of valid status for modification")
    if any(
        "DiscountAmount" in line or "DiscountRate" in line for line in posted.get("LineItems", ())
    ):
        raise Refusal("Discounts are not supported on credit notes")
    note = books.head(posted, before, places)
    number = {"CreditNoteNumber": whole.get("CreditNoteNumber", "")}
    parts: dict[str, object] = {"Allocations": (), "Payments": ()}
    return {**parts, **note, **number, "RemainingCredit": note["Total"]}


def _numbered(posted: Row) -> bool:
    return posted.get("Type", "ACCRECCREDIT") == "ACCRECCREDIT" and bool(
        posted.get("CreditNoteNumber")
    )


NOTES: Final = Kind("CreditNotes", "CreditNoteID", "CreditNoteNumber", _numbered, _noted)
