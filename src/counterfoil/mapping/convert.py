"""Converters: the smallest translations, each total: a value, or a `Hold` that says what is wrong.

All have one signature, (value, currency) -> value, so that a table can hold any of them. `INLINE`
has, for the cheap ones, the expression that the compiler writes in the place of a call.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Final, Generic, TypeVar, cast

from counterfoil.values.clock import from_stdlib, instant, wall_clock, wall_date
from counterfoil.values.errors import Hold
from counterfoil.values.money import minor, plain
from counterfoil.values.quantity import pieces

_LARGEST = 10**18  # no number of a document is larger; also keeps str() of an int cheap
_RATE = re.compile(r"[0-9]{1,20}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?")
_CURRENCY = re.compile(r"[A-Z]{3}")
_COUNTRY = re.compile(r"[A-Z]{2}")
_BETWEEN = re.compile(r"[^a-z0-9]+")
_IDENTITY = 200  # characters
_CURRENCIES = 200

Converter = Callable[[object, str], object]
"""(value, currency) -> value; raises `Hold` where the value cannot be taken as it is."""
Row = Mapping[str, object]
"""An object of a source document."""

C = TypeVar("C", bound=Converter)
K = TypeVar("K")
V = TypeVar("V")
Plain = int | str | bool | None
"""A value that is compared as it is."""

_REMEMBERED = 16_384  # amounts per currency; a day's trade has far fewer different ones


class Memo(dict[K, V], Generic[K, V]):
    """Amounts already converted in one currency: prices repeat, and a look-up is cheap."""

    def __init__(self, convert: Callable[[K, str], V], currency: str) -> None:
        super().__init__()
        self._convert = convert
        self._currency = currency

    def __missing__(self, value: K) -> V:
        if len(self) >= _REMEMBERED:
            self.clear()
        converted = self[value] = self._convert(value, self._currency)
        return converted


class Memos(dict[str, Memo[K, V]], Generic[K, V]):
    """One memo for each currency."""

    def __init__(self, convert: Callable[[K, str], V]) -> None:
        super().__init__()
        self._convert = convert

    def __missing__(self, currency: str) -> Memo[K, V]:
        if len(self) >= _CURRENCIES:
            self.clear()
        memo = self[currency] = Memo(self._convert, currency)
        return memo


MINOR: Final = Memos(minor)
PLAIN: Final = Memos(plain)


def same(value: V, currency: str) -> V:
    """The value as it is: for sources whose types are already ours."""
    return value


def local_iso(text: str, forms: Iterable[str]) -> str | None:
    """A local date and time in one of these forms (`strptime`), perhaps in apostrophes as a report
    has it, as ISO 8601 without an offset; None where it has none of them."""
    for form in forms:
        try:
            return datetime.strptime(text.strip().strip("'"), form).isoformat()  # noqa: DTZ007
        except ValueError:
            continue
    return None


def text(value: object, currency: str) -> str:
    """A text exactly as it was sent; a null is the empty text."""
    if value is None:
        return ""
    if type(value) is not str:
        raise wrong(value, "a text", quoted=False)
    return value


def identity(value: object, currency: str) -> str:
    """A text or whole number that names a thing, as text; never empty."""
    if type(value) is int and abs(value) < _LARGEST:
        return str(value)
    if type(value) is not str or not value or len(value) > _IDENTITY:
        raise wrong(value, "an identity", quoted=False)
    return value


def money(value: object, currency: str) -> int:
    """A plain decimal number, as text or as a JSON number, in minor units of `currency`."""
    if isinstance(value, str):
        return MINOR[currency][str(value)]
    if type(value) is int and abs(value) < _LARGEST:
        return minor(str(value), currency)
    raise wrong(value, "an amount of money")


def decimal(value: object, currency: str) -> str:
    """Minor units of `currency` as the plain decimal text that systems exchange."""
    if type(value) is int and abs(value) < _LARGEST:
        return PLAIN[currency][value]
    raise wrong(value, "an amount in minor units")


def whole(value: object, currency: str) -> int:
    """A number of pieces, zero or more."""
    if isinstance(value, str) or (type(value) is int and abs(value) < _LARGEST):
        return pieces(value)
    raise wrong(value, "a number of pieces")


def when(value: object, currency: str) -> str:
    """A moment with its offset, as ISO 8601 in UTC ending in Z."""
    if not isinstance(value, str):
        raise wrong(value, "a moment in time")
    return instant(value).format_iso()


def mail_date(value: object, currency: str) -> str:
    """A moment as mail and HTTP write it (RFC 2822), as ISO 8601 in UTC ending in Z."""
    try:
        return from_stdlib(parsedate_to_datetime(text(value, currency))).format_iso()
    except (ValueError, OverflowError):
        raise wrong(value, "a moment in time") from None


@lru_cache(256)
def spelt(name: str) -> str:
    """A name in one spelling: "Cash on Delivery" is "cash_on_delivery"."""
    return _BETWEEN.sub("_", name.casefold()).strip("_")


def named(
    name: str, value: str, only: Callable[[Row], bool] = lambda row: True
) -> Callable[[object, str], tuple[tuple[str, str], ...]]:
    """A converter: the rows of a form as pairs, by the members that have a row's name and its
    value; `only` some of them."""

    def pairs(rows: object, currency: str) -> tuple[tuple[str, str], ...]:
        return tuple(
            (text(row[name], currency), text(row.get(value), currency))
            for row in cast("Iterable[Row]", rows)
            if only(row)
        )

    return pairs


def flag(value: object, currency: str) -> bool:
    """True or false, nothing that is merely like it."""
    if value is True or value is False:
        return value
    raise wrong(value, "true or false")


def denied(value: object, currency: str) -> bool:
    """The opposite of a flag."""
    return not flag(value, currency)


def present(value: object, currency: str) -> bool:
    """Whether there is a value: a moment of cancellation means cancelled."""
    return value is not None


def rate(value: object, currency: str) -> str:
    """A rate, text or JSON number, as plain decimal text without trailing zeros ("0.2")."""
    if isinstance(value, str):
        return _rate(value)
    if type(value) is int and 0 <= value < _LARGEST:
        return str(value)
    raise wrong(value, "a rate")


def currency_code(value: object, currency: str) -> str:
    """An ISO 4217 code, three capital letters."""
    if not isinstance(value, str) or not _is_code(value):
        raise wrong(value, "a currency code")
    return value


@lru_cache(_CURRENCIES)
def _is_code(value: str) -> bool:
    return _CURRENCY.fullmatch(value) is not None


def country(value: object, currency: str) -> str:
    """An ISO 3166 alpha-2 code; a null is the empty text."""
    if value is None or value == "":
        return ""
    if not isinstance(value, str) or not _COUNTRY.fullmatch(value):
        raise wrong(value, "a country code", quoted=False)
    return value


def trimmed(value: object, currency: str) -> str:
    """A text without the white space around it."""
    return text(value, currency).strip()


def needed(what: str, target: str) -> Callable[[object, str], str]:
    """A converter of a text that `target` refuses a document without."""

    def converted(value: object, currency: str) -> str:
        cell = trimmed(value, currency)
        if cell:
            return cell
        raise Hold(
            f"The document says no {what}, and {target} takes none without.",
            do="Complete it at the sending system, or enter the document by hand.",
            code="missing-part",
        )

    return converted


def lower(value: object, currency: str) -> str:
    """A text in small letters."""
    return text(value, currency).lower()


def local_moment(zone: str, between: str = "T") -> Callable[[object, str], str]:
    """A converter of a moment to the local date and time in `zone`, which has no offset; `between`
    stands between the two."""

    @lru_cache(64)  # another member of the same document asks for the same moment again
    def local(moment: str) -> str:
        return wall_clock(instant(moment), zone).replace("T", between)

    return lambda moment, currency: local(text(moment, currency))


def local_midnight(local: Callable[[object, str], str], days: int) -> Callable[[object, str], str]:
    """A converter of a moment to the midnight that begins its `local` date, `days` later, in the
    same form."""

    def midnight(moment: object, currency: str) -> str:
        now = local(moment, currency)
        return f"{_days_later(now[:10], days)}{now[10]}00:00:00"

    return midnight


@lru_cache(1024)
def _days_later(day: str, days: int) -> str:
    return wall_date(instant(f"{day}T00:00:00Z"), "UTC", days)


def searchable(target: str, between: str) -> Callable[[object, str], str]:
    """A converter that passes a reference which `target` can be searched for, in a text that has
    `between` between references. Raises `Hold` (code "bad-reference") for another one."""

    def reference(reference: object, currency: str) -> str:
        value = text(reference, currency)
        if not value or value != value.strip() or between in value:
            raise Hold(
                f"{value[:40]!r} cannot be searched for in {target}.",
                do=f"A reference is not empty, has no {between!r} and no space at its ends.",
                code="bad-reference",
            )
        return value

    return reference


def both(before: Plain, value: Plain) -> Plain:
    """Two words for one thing: the one that they are, else a text in which their sequence is the
    same."""
    if before == value:
        return before
    words = {*str(before).split(", "), str(value)}
    return before if len(words) == 1 else ", ".join(sorted(words, key=lambda id: (len(id), id)))


def wrong(value: object, wanted: str, *, quoted: bool = True) -> Hold:
    """The hold of a value that is not what it should be.

    Free words are never `quoted`: they may be a person's, and the hold is shown to everybody.
    """
    quotable = quoted and _small(value)
    subject = "nothing" if value is None else repr(value)[:40] if quotable else _kind(value)
    return Hold(
        f"{subject} is not {wanted}.",
        do="Correct it at the sending system, or map the field otherwise.",
        code="bad-field",
    )


def _small(value: object) -> bool:
    return isinstance(value, str | bool) or (isinstance(value, int) and abs(value) < _LARGEST)


def _kind(value: object) -> str:
    match value:
        case str():
            return f"a text of {len(value)} letters" if type(value) is str else "a number"
        case bool():
            return str(value)
        case dict():
            return "an object"
        case list() | tuple():
            return "a list"
        case int():
            return "a number" if abs(value) < _LARGEST else "a very large number"
        case _:
            return f"a {type(value).__name__}"


def per_cent(value: object, currency: str) -> str:
    """A percentage as the plain decimal text of a rate: "20.0000" is "0.2"."""
    return _rate(format(Decimal(rate(value, currency)).scaleb(-2), "f"))


@lru_cache(1024)
def _rate(value: str) -> str:
    if not _RATE.fullmatch(value):
        raise wrong(value, "a rate")
    number = format(Decimal(value), "f")
    return (number.rstrip("0").rstrip(".") if "." in number else number) or "0"


# {v} is a local name that holds the value, {c} the converter itself, {m} its memo in this currency.
INLINE: Final[dict[Converter, str]] = {
    same: "{v}",
    identity: "str({v}) if type({v}) is int and 0 <= {v} < 1000000000000000000"
    " else {c}({v}, currency)",
    flag: "{v} if {v} is True or {v} is False else {c}({v}, currency)",
    denied: "not {v} if {v} is True or {v} is False else {c}({v}, currency)",
    text: "{v} if type({v}) is str else {c}({v}, currency)",
    money: "{m}[{v}] if type({v}) is str else {c}({v}, currency)",
    decimal: "{m}[{v}] if type({v}) is int else {c}({v}, currency)",
    whole: "{v} if type({v}) is int and 0 <= {v} < 1000000000 else {c}({v}, currency)",
    present: "{v} is not None",
    trimmed: "{v}.strip() if type({v}) is str else {c}({v}, currency)",
}


def inlined(template: str, memo: Mapping[str, object] | None = None) -> Callable[[C], C]:
    """Say which expression the compiler writes in the place of a call of a converter; `memo` is
    its memo by currency, where the template looks into one."""

    def register(convert: C) -> C:
        INLINE[convert] = template
        if memo is not None:
            MEMO[convert] = memo
        return convert

    return register


MEMO: Final[dict[Converter, Mapping[str, object]]] = {money: MINOR, decimal: PLAIN}
