"""Tax rates: a rate's text as an exact fraction, its id at a target, and the tax that it comes to.

For a target that is told a rate and reckons the tax itself. That it rounds half up, line by line,
is the connector's to know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

import msgspec

from counterfoil.model.line import Charge, Tax, summed
from counterfoil.values.errors import Hold, Misconfigured
from counterfoil.values.money import rounded


class Rate(msgspec.Struct, frozen=True):
    """A tax rate: its id at this site, and the rate itself as an exact fraction `over / under`."""

    id: int
    over: int
    under: int

    def inside(self, gross_minor: int) -> int:
        """The tax inside a gross amount, half up, in minor units."""
        return rounded(gross_minor * self.over, self.over + self.under)

    def upon(self, net_minor: int) -> int:
        """The tax upon a net amount, half up, in minor units."""
        return rounded(net_minor * self.over, self.under)


class Rates:
    """The rates of `tax_map`, however their text is padded: 0.2 and 0.200 are one rate."""

    def __init__(self, tax_map: Mapping[str, int], *, where: str) -> None:
        mapped = {text: _mapped(text, listed, where) for text, listed in tax_map.items()}
        self._rates: dict[str, Rate] = mapped | {
            _plain(text): rate for text, rate in mapped.items()
        }
        self._where = where

    def of(self, text: str, tax_minor: int) -> Rate:
        """The rate named `text`; an empty text without tax is the rate 0.

        Raises `Hold` (code "unmapped-tax") for a rate that a person has not mapped.
        """
        rate = self._rates.get(text) or self._rates.get(_plain(text, tax_minor))
        if rate is None:
            raise self._unmapped(text, tax_minor)
        return rate

    def _unmapped(self, text: str, tax_minor: int) -> Hold:
        sentence = f"The tax rate {text or '0'} is not in tax_map."
        do = "Add it to the connection's tax_map, then send the held records again."
        if tax_minor and not text:
            sentence = "A tax is charged at a rate that the shop does not tell."
            do = "Enter the order by hand, and set this one aside."
        return Hold(sentence, do=do, where=self._where, code="unmapped-tax")

    def missing(self, listed: set[int]) -> list[int]:
        """The ids of the map that are not in `listed`."""
        return sorted({rate.id for rate in self._rates.values()} - listed)


def _plain(text: str, tax_minor: int = 0) -> str:
    whole, _, fraction = text.partition(".")
    return "" if tax_minor and not text else f"{whole.lstrip('0')}.{fraction.rstrip('0')}"


def rate(text: str, listed: int = 0) -> Rate:
    """The rate that `text` states, "0.2" for 20 %. Raises `ValueError` where it states none."""
    whole, _, fraction = text.partition(".")
    if not (text.isascii() and (whole + fraction).isdecimal()):
        raise ValueError(text)
    return Rate(id=listed, over=int(whole + fraction), under=10 ** len(fraction))


def charged_rate(taxes: Sequence[Tax], amount_minor: int) -> str:
    """The rate at which tax was really charged on `amount_minor`: what came to nothing is no part.

    "0" where none was, empty where the rate of one is not told. A rate whose tax is too small for
    a minor unit counts all the same.
    """
    rates = [tax.rate for tax in taxes if _was_charged(tax, amount_minor)]
    if rates:
        return together(rates) if all(rates) else ""
    return "0" if any(tax.rate for tax in taxes) else ""


def charged(taxes: Sequence[Tax], amount_minor: int) -> tuple[int, str]:
    """The tax that was charged on `amount_minor`, and the rate of it, empty where there is none."""
    if not taxes:
        return 0, ""
    tax = taxes[0]
    if len(taxes) == 1 and tax.amount_minor:
        return tax.amount_minor, tax.rate
    return summed(taxes), charged_rate(taxes, amount_minor)


def charge(title: str, amount_minor: int, taxes: tuple[Tax, ...], code: str = "") -> Charge:
    """Money that is no product, at its price after discounts, with the rate that was charged."""
    tax_minor, rated = charged(taxes, amount_minor)
    return Charge(title, amount_minor, tax_minor, rated, code, taxes)


def alike(taxes: Iterable[Tax]) -> tuple[Tax, ...]:
    """The taxes, those that are alike but for their amounts as one."""
    amounts: dict[Tax, int] = {}
    for tax in taxes:
        nameless = msgspec.structs.replace(tax, amount_minor=0)
        amounts[nameless] = amounts.get(nameless, 0) + tax.amount_minor
    return tuple(
        msgspec.structs.replace(tax, amount_minor=amount) for tax, amount in amounts.items()
    )


def _was_charged(tax: Tax, amount_minor: int) -> bool:
    if tax.amount_minor or not tax.rate:
        return tax.amount_minor != 0
    return not rate(tax.rate).inside(abs(amount_minor))


def together(rates: Iterable[str]) -> str:
    """Plain decimal rates as one, without trailing zeros: "0.05" and "0.07" are "0.12"; none are
    "0", and an empty one is none."""
    total = format(sum((Decimal(text) for text in rates if text), Decimal(0)), "f")
    return total.rstrip("0").rstrip(".") if "." in total else total


def _mapped(text: str, listed: int, where: str) -> Rate:
    try:
        return rate(text, listed)
    except ValueError:
        raise Misconfigured(
            f"{text!r} in tax_map is not a rate.",
            do='Rates are plain decimal texts, such as "0.2" for 20 %.',
            where=where,
        ) from None
