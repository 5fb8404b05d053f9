"""What Xero makes of lines by itself: amounts with two decimals, tax line by line, totals.

Exact halves go up (recorded: 8.25 % of 850 is 70.125, and 70.13 is shown).
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from counterfoil.twins.kit.filing import Row
from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.xero.site import Site


def rounded(amount: Decimal, places: int = 2) -> Decimal:
    """An amount with so many decimals, halves up."""
    return amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def lines(posted: Sequence[Row], kind: str, site: Site, places: int) -> list[dict[str, Any]]:
    """The lines as they are kept; `places` is how many decimals a unit's price has. Raises
    `Refusal` for one that does not fit."""
    if not posted:
        raise Refusal("One or more line items must be specified")
    return [_line(row, kind, site, places) for row in posted]


def totals(rows: Sequence[Row], kind: str) -> dict[str, Decimal]:
    """What lines come to."""
    amount = sum((row["LineAmount"] for row in rows), Decimal(0))
    tax = sum((row["TaxAmount"] for row in rows), Decimal(0))
    net = amount - tax if kind == "Inclusive" else amount
    return {"SubTotal": net, "TotalTax": tax, "Total": net + tax}


def _line(row: Row, kind: str, site: Site, places: int) -> dict[str, Any]:
    if not row.get("Description"):
        raise Refusal("Description is required for each line item")
    if row.get("AccountCode") not in site.accounts:
        raise Refusal("Account must be valid.")
    tax_type = row.get("TaxType", "NONE")
    if tax_type not in site.rates:
        raise Refusal("Tax rate must be valid.")
    quantity = Decimal(row.get("Quantity", 1))
    price = rounded(Decimal(row.get("UnitAmount", 0)), places)
    amount = rounded(quantity * price - Decimal(row.get("DiscountAmount", 0)))
    stated = Decimal(row.get("LineAmount", amount))
    if stated != amount:
        raise Refusal(f"The line total {stated} does not match the expected line total {amount}")
    tax = _tax(amount, Decimal(site.rates[tax_type]), kind)
    return {
        **{
            name: row[name] for name in ("Description", "ItemCode", "DiscountAmount") if name in row
        },
        "UnitAmount": price,
        "TaxType": tax_type,
        "TaxAmount": rounded(Decimal(row.get("TaxAmount", tax))),
        "LineAmount": amount,
        "AccountCode": row["AccountCode"],
        "Tracking": [],
        "Quantity": quantity,
        "ValidationErrors": [],
    }


def _tax(amount: Decimal, rate: Decimal, kind: str) -> Decimal:
    if kind == "NoTax":
        return Decimal(0)
    return rounded(amount * rate / (1 + rate) if kind == "Inclusive" else amount * rate)
