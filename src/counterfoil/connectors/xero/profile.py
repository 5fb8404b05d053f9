"""What differs from one connection to the next: the organisation, and how it keeps its books."""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from counterfoil.kit.api.width import Width

TITLE: Final = "Xero"
DECIMALS: Final = 2
"""What every amount of Xero has at most, whatever its currency."""
DESCRIPTION: Final = Width("The description of a line", 4000)


class Profile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The settings of one connection, in the words of the manifest."""

    tenant_id: str
    identity: str
    contact: str
    currencies: list[str]
    account_map: str
    tax_map: str
    payment_map: str
    book_payments: bool
    tax_amounts: Literal["shop", "xero"]
    marketplace_tax: Literal["hold", "less-tax"]
    status: Literal["DRAFT", "AUTHORISED"]
    clock: str
    page_size: int
    clearing_map: str
    bank_map: str
    payout_map: str
    payout_contact: str
    contact_name: Literal["numbered", "plain"]
    same_email: Literal["hold", "beside"]
