"""What differs from organisation to organisation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

BANK: Final = "BANK"
"""The type of an account that payments are made from and into."""
PAYABLE: Final = (BANK, "CURRLIAB")
"""The types of accounts that take payments here."""
_UK: Final = {
    "OUTPUT2": "0.2",
    "RROUTPUT": "0.05",
    "ZERORATEDOUTPUT": "0",
    "EXEMPTOUTPUT": "0",
    "EXEMPTINPUT": "0",
    "INPUT2": "0.2",
    "NONE": "0",
}
_CHART: Final = {
    "090": BANK,
    "200": "REVENUE",
    "202": "REVENUE",
    "203": "REVENUE",
    "310": "DIRECTCOSTS",
    "404": "EXPENSE",
    "610": "CURRENT",
    "820": "CURRLIAB",
    "851": BANK,
    "860": "EXPENSE",
}


class Site(msgspec.Struct, frozen=True):
    """One organisation, and the app that is let into it.

    `refresh_token` is the first; one that was spent works again for `grace_s`, where its answer was
    lost. `rates` are its tax types, `accounts` its chart by code, `locked_until` the date before
    which nothing may be booked. A key is known for `key_life_s`.
    """

    client_id: str = ""
    client_secret: str = ""
    refresh_token: str = ""
    webhook_key: str = ""
    tenant_id: str = "b4aca7b2-6fab-4ee7-a969-477f9128f636"
    name: str = "Demo Company (UK)"
    currencies: tuple[str, ...] = ("GBP", "EUR", "USD")
    rates: Mapping[str, str] = msgspec.field(default_factory=_UK.copy)
    accounts: Mapping[str, str] = msgspec.field(default_factory=_CHART.copy)
    locked_until: str = ""
    minute: int = 60
    day: int = 5000
    slots: int = 5
    token_life_s: float = 1800.0
    grace_s: float = 1800.0
    key_life_s: float = 360.0
    patience_s: float = 30.0
