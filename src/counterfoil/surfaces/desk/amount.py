"""Amount: a sum of money as a person says it, in whichever currency it may be."""

from __future__ import annotations

import msgspec

from counterfoil.store.search import DocumentRow
from counterfoil.values.errors import CounterfoilError, Misconfigured
from counterfoil.values.money import minor

_EVERY_EXPONENT = ("GBP", "JPY", "KWD", "CLF")  # one currency for each number of decimals
_SIGNS = {"£": "GBP", "€": "EUR", "$": "USD"}


class Amount(msgspec.Struct, frozen=True):
    """An amount as a person says it: with a currency, or in whichever it may be."""

    text: str
    currency: str

    def minors(self) -> list[int]:
        """What it may be in minor units."""
        currencies = (self.currency,) if self.currency else _EVERY_EXPONENT
        units = {_minor(self.text, currency) for currency in currencies}
        return sorted(unit for unit in units if unit is not None)

    def fits(self, row: DocumentRow) -> bool:
        """Whether a document has this amount, in its own currency."""
        same = not self.currency or self.currency == row.currency
        return same and _minor(self.text, row.currency) == row.minor


def amount_of(text: str | None) -> Amount | None:
    """12.50, £12.50, "12.50 GBP" or "GBP 12.50". Raises `Misconfigured` where it is none."""
    if text is None:
        return None
    words = text.split()
    codes = [word.upper() for word in words if word.isalpha()]
    figures = [word for word in words if not word.isalpha()]
    if len(figures) == 1 and figures[0][:1] in _SIGNS:
        codes.append(_SIGNS[figures[0][0]])
        figures = [figures[0][1:]]
    whole = Amount(figures[0] if figures else "", codes[0] if codes else "")
    if (
        len(figures) != 1
        or len(codes) > 1
        or not whole.minors()
        or len(whole.currency) not in (0, 3)
    ):
        raise Misconfigured(
            f"{text[:40]!r} is no amount of money.",
            do='Write it as 12.50, or "12.50 GBP" with its currency.',
            where="--amount",
        )
    return whole


def _minor(text: str, currency: str) -> int | None:
    try:
        return minor(text, currency)
    except CounterfoilError:
        return None
