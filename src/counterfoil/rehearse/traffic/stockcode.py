"""What a stock code of a sales history really is.

A till writes postage, bank fees and corrections as lines with a stock code. None of them may
turn into a product that a warehouse then tries to pick, so each code is looked up here. Every other
code is what most codes are: a product, whatever it looks like (85123A, SP1002, TEE-RED-M, an EAN).

The table names every code of the Online Retail file (UCI data set 352) that is no merchandise,
found by listing all codes that are not five digits with at most two letters, and all five-digit
codes whose description speaks of a service. The codes marked "two-year file" occur only in that
file's successor, Online Retail II (UCI data set 502).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import msgspec

from counterfoil.rehearse.traffic.shop import CARRIAGE, NEXT_DAY, POSTAGE, WEB_POSTAGE

Becomes = Literal["product", "gift-card", "custom", "shipping"]


class Meaning(msgspec.Struct, frozen=True):
    """What a line with the code becomes, under which title ("": its own description), and why."""

    becomes: Becomes
    title: str
    note: str


MEANINGS = {
    "POST": Meaning("shipping", POSTAGE, "postage, mostly abroad"),
    "DOT": Meaning("shipping", WEB_POSTAGE, "postage of the web shop's orders, gathered"),
    "C2": Meaning("shipping", CARRIAGE, "carriage, mostly Ireland and the Channel Islands"),
    "C3": Meaning("shipping", CARRIAGE, "carriage (two-year file)"),
    "23444": Meaning("shipping", NEXT_DAY, "next day carriage, hidden under a product's number"),
    "D": Meaning(
        "custom",
        "Discount entered as a charge",
        "a discount has a negative quantity, which is left out; a positive one raises the bill, "
        "and nobody but the shop knows whether its sign is wrong",
    ),
    "M": Meaning("custom", "Manual entry", "an amount typed in by hand, up to 38,970 pounds"),
    "S": Meaning("custom", "Samples", "samples charged to a customer"),
    "B": Meaning("custom", "Bad debt adjustment", "the file has it on A invoices only"),
    "AMAZONFEE": Meaning("custom", "Amazon fee", "a marketplace's fee, not a sale"),
    "BANK CHARGES": Meaning("custom", "Bank charges", "a bank's fee passed on"),
    "CRUK": Meaning("custom", "Charity commission", "Cancer Research UK; on C invoices only"),
    "23574": Meaning("custom", "Packing charge", "a fee, hidden under a product's number"),
    "ADJUST": Meaning("custom", "Adjustment", "a correction by hand (two-year file)"),
    "ADJUST2": Meaning("custom", "Adjustment", "a correction by hand (two-year file)"),
    "TEST001": Meaning("custom", "Test entry", "a test of the till (two-year file)"),
    "TEST002": Meaning("custom", "Test entry", "a test of the till (two-year file)"),
    "22016": Meaning("gift-card", "", "the 100 pound voucher, under a product's number"),
    "GIFT": Meaning("gift-card", "", "a voucher without its value (two-year file)"),
    "PADS": Meaning("product", "", "pads to match all cushions: merchandise at 0.001 pounds"),
    **{
        word: Meaning("shipping", POSTAGE, "a plain word for it")
        for word in ("POSTAGE", "SHIPPING", "DELIVERY", "P&P")
    },
    "CARRIAGE": Meaning("shipping", CARRIAGE, "a plain word for it"),
    **{
        word: Meaning("custom", word.capitalize(), "a plain word for what is no goods")
        for word in ("DISCOUNT", "FEE", "MANUAL", "MISC", "SUNDRY", "WRITE OFF", "WRITE-OFF")
    },
    "23702": Meaning("product", "", "a high resolution image: sold as merchandise, at a price"),
}
_FAMILIES = (
    ("GIFT_0001_", Meaning("gift-card", "", "vouchers of 10 to 50 pounds")),
    ("DCGS", Meaning("product", "", "merchandise of the web shop, party bags to dog collars")),
)
_MERCHANDISE = Meaning("product", "", "nobody has said that it is anything else")
_KEY = 2  # characters; a shorter code is a key of the till


@lru_cache(maxsize=16_384)
def meaning(code: str) -> Meaning:
    """What `code` stands for; upper and lower case are the same.

    A code that nobody listed is a product; one of one or two characters becomes a custom line that
    names the code.
    """
    upper = code.upper()
    if upper in MEANINGS:
        return MEANINGS[upper]
    for prefix, family in _FAMILIES:
        if upper.startswith(prefix):
            return family
    if len(code) > _KEY:
        return _MERCHANDISE
    return Meaning("custom", f"Unlisted stock code {code}", "a till's own key, and not listed")
