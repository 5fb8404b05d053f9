"""What moved the accounts that payments are made from and into, as whoever checks counts it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from counterfoil.twins.kit.book import Entry, Measure
from counterfoil.twins.xero.books import DEAD, Books
from counterfoil.twins.xero.payment import PAYMENTS
from counterfoil.twins.xero.settlement import BANK_TRANSACTIONS, BANK_TRANSFERS

_ACCOUNTS: Final = (PAYMENTS, BANK_TRANSACTIONS, BANK_TRANSFERS)
_SIDES: Final = 2  # of a transfer: each has a number of its own


def moves(books: Books, after: int) -> Iterator[Entry]:
    """Every movement of an account beyond the number `after`, by what it was called; one of a
    payment by the number of what was paid. What leaves is below zero."""
    rows = [row for kind in _ACCOUNTS for row in books.entries(kind, 0)]
    for entry in sorted(rows, key=lambda row: int(row.key)):
        facts, (amount, currency) = entry.facts, entry.measure
        if facts["status"] in DEAD:
            continue
        for side, name in enumerate(("from", "to")):
            number, account = _SIDES * int(entry.key) + side, facts.get(name)
            if account and number > after:
                yield Entry(
                    str(number),
                    str(facts.get("of") or entry.reference),
                    entry.born_s,
                    entry.changed_s,
                    # A transfer is in the currency of its accounts, which is the organisation's.
                    Measure(amount if side else -amount, currency or books.site.currencies[0]),
                    {"account": account},
                )
