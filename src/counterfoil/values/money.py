"""Money: whole minor units of one currency, and the only door through which text becomes money.

No float exists here. An amount that does not fit its currency's minor unit is refused, never
rounded in silence; rounding happens only where a caller names it (`rounded`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from counterfoil.values.errors import Hold

# ISO 4217: currencies whose minor unit is not a hundredth. Every other three-letter code has two.
_EXPONENTS = {
    **dict.fromkeys(
        "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0
    ),
    **dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3),
    **dict.fromkeys("CLF UYW".split(), 4),
}
_LONGEST = 24  # characters; no honest amount is longer
_LARGEST = 10**15  # minor units; ten million million pounds


def exponent(currency: str) -> int:
    """How many decimals the currency's minor unit has (GBP 2, JPY 0, KWD 3)."""
    return _EXPONENTS.get(currency, 2)


def minor(text: str, currency: str) -> int:
    """`text`, a plain decimal number, in minor units of `currency`; exact or not at all.

    Trailing zeros beyond the minor unit are accepted ("59.400"), digits are not ("59.401").
    Raises `Hold` for anything else: an exponent, a sign other than "-", a digit that is not
    ASCII, an empty text, more than 24 characters.
    """
    places = _EXPONENTS.get(currency, 2)
    whole, _, fraction = text.partition(".")
    digits = whole[1:] if whole[:1] == "-" else whole
    if (
        len(text) > _LONGEST
        or not digits.isdecimal()
        or not text.isascii()
        or (fraction and not fraction.isdecimal())
        or text[-1] == "."
    ):
        raise Hold(
            f"{text[:40]!r} is not an amount of money.",
            do="Amounts are plain decimal numbers such as 12.50.",
            code="bad-amount",
        )
    if len(fraction) > places:
        if fraction[places:].strip("0"):
            raise Hold(
                f"{text} {currency} has more decimals than {currency} has.",
                do=f"An amount in {currency} has at most {places}.",
                code="bad-amount",
            )
        fraction = fraction[:places]
    value = int(whole + fraction.ljust(places, "0")) if places else int(whole)
    if not -_LARGEST < value < _LARGEST:
        raise Hold(
            f"{text} {currency} is larger than any amount that this house moves.",
            do="Check the amount at the sending system.",
            code="bad-amount",
        )
    return value


def plain(minor_units: int, currency: str) -> str:
    """`minor_units` as the plain decimal text that systems exchange: 4320 GBP is "43.20"."""
    places = _EXPONENTS.get(currency, 2)
    if not places:
        return str(minor_units)
    sign = "-" if minor_units < 0 else ""
    whole, fraction = divmod(abs(minor_units), 10**places)
    return f"{sign}{whole}.{fraction:0{places}d}"


def rounded(numerator: int, denominator: int) -> int:
    """`numerator / denominator` to the nearest whole, halves away from zero (half up for money)."""
    if denominator <= 0:
        raise ValueError("the denominator must be positive")
    quotient, remainder = divmod(abs(numerator), denominator)
    quotient += 2 * remainder >= denominator
    return quotient if numerator >= 0 else -quotient


def allocate(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` minor units by `weights` so that the parts add up to it exactly.

    Largest remainder first, ties to the earlier part; weights are non-negative and not all zero
    (`ValueError` otherwise). The sign of `total` carries over to every part.
    """
    whole = sum(weights)
    if whole <= 0 or min(weights) < 0:
        raise ValueError("weights must be non-negative and not all zero")
    size = abs(total)
    shares = [divmod(size * weight, whole) for weight in weights]
    parts = [quotient for quotient, _ in shares]
    order = sorted(range(len(shares)), key=lambda place: (-shares[place][1], place))
    for place in order[: size - sum(parts)]:
        parts[place] += 1
    return parts if total >= 0 else [-part for part in parts]


class Money(msgspec.Struct, frozen=True, order=False):
    """An amount in whole minor units of one currency (ISO 4217, upper case)."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        code = self.currency
        if len(code) != 3 or not (code.isascii() and code.isalpha() and code.isupper()):
            raise ValueError(f"{self.currency!r} is not a currency code")

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __neg__(self) -> Money:
        return Money(-self.minor, self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"{self.currency} and {other.currency} cannot be added together")
        return other.minor

    def __str__(self) -> str:
        """For people: £1,234.50; the code stands in front where no sign is known."""
        places = exponent(self.currency)
        whole, fraction = divmod(abs(self.minor), 10**places)
        sign = {"GBP": "£", "EUR": "€", "USD": "$"}.get(self.currency, f"{self.currency} ")
        tail = f".{fraction:0{places}d}" if places else ""
        return f"{'-' if self.minor < 0 else ''}{sign}{whole:,}{tail}"


def totals(amounts: Iterable[Money]) -> dict[str, int]:
    """The sum per currency, in minor units; currencies never mix."""
    sums: dict[str, int] = {}
    for amount in amounts:
        sums[amount.currency] = sums.get(amount.currency, 0) + amount.minor
    return sums
