"""The smallest things at their edges: the last that is taken, the first that is not, defaults."""

from __future__ import annotations

import asyncio
import hashlib
import random
import time

import pytest

from counterfoil.values import clock, errors
from counterfoil.values.clock import SystemClock, from_stdlib, instant, later, wall_date
from counterfoil.values.digest import canonical, short
from counterfoil.values.errors import CounterfoilError, Hold, Misconfigured, Retry
from counterfoil.values.ids import name, reference
from counterfoil.values.money import Money, allocate, exponent, minor, plain, rounded, totals
from counterfoil.values.quantity import pieces

CODES = {
    "CounterfoilError": "broken",
    "Retry": "try-later",
    "Settle": "no-answer",
    "Hold": "held",
    "Refuse": "refused",
    "Halt": "halted",
    "Misconfigured": "misconfigured",
    "SignIn": "sign-in",
}


@pytest.mark.parametrize(("kind", "code"), CODES.items())
def test_an_error_says_no_more_than_it_was_told(kind: str, code: str) -> None:
    error: CounterfoilError = getattr(errors, kind)("What happened.")
    assert str(error) == error.said == error.args[0] == "What happened."
    assert (error.do, error.where, error.code) == ("", "", code)


@pytest.mark.parametrize("kind", CODES)
def test_an_error_keeps_what_it_was_told(kind: str) -> None:
    error = getattr(errors, kind)("What.", do="Do.", where="here", code="own")
    assert (error.said, error.do, error.where, error.code) == ("What.", "Do.", "here", "own")
    assert str(error) == "here: What. Do."


def test_the_code_of_one_error_is_not_that_of_the_next() -> None:
    Hold("One.", code="own")
    assert Hold("Two.").code == "held"


def test_a_retry_waits_for_nothing_unless_it_is_told() -> None:
    assert Retry("Busy.").after_s == 0.0
    assert Retry("Busy.", after_s=1.5).after_s == 1.5


def test_a_nul_is_shown_as_what_cannot_be_shown() -> None:
    error = CounterfoilError("a\0b", do="c\0d", where="e\0f")
    assert (error.said, error.do, error.where) == ("a\ufffdb", "c\ufffdd", "e\ufffdf")


def test_a_name_is_quoted_shortly_and_its_place_may_be_unknown() -> None:
    with pytest.raises(Misconfigured) as wrong:
        name("X" * 99)
    assert wrong.value.said == f"'{'X' * 60}' cannot be a name."
    assert (wrong.value.where, wrong.value.code) == ("", "misconfigured")
    assert wrong.value.do


def test_a_reference_is_made_of_thirty_characters_and_uses_them_all() -> None:
    told = "".join(reference(random.Random(seed)) for seed in range(400))
    assert set(told) == set("23456789ABCDEFGHJKMNPQRSTVWXYZ")


def test_bytes_that_stand_for_a_value_are_sorted_and_without_spaces() -> None:
    assert canonical({"b": [1, None], "a": {"d": "é", "c": True}}) == (
        '{"a":{"c":true,"d":"é"},"b":[1,null]}'.encode()
    )
    assert short(bytes(range(32))) == "000102030405"
    assert short(hashlib.sha256(b"x").digest()) == hashlib.sha256(b"x").hexdigest()[:12]


async def test_no_wait_is_negative(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    for seconds in (2.5, 0.25, 0.0, -1.0):
        await SystemClock().sleep(seconds)
    assert waits == [2.5, 0.25, 0.0, 0.0]


def test_the_machine_s_clock_is_the_machine_s() -> None:
    before, now, after = time.time_ns(), clock.nanoseconds(SystemClock().now()), time.time_ns()
    assert before <= now <= after
    assert time.monotonic() <= SystemClock().monotonic() <= time.monotonic()


def test_moments_are_quoted_shortly_with_what_to_do() -> None:
    with pytest.raises(Hold) as held:
        instant("x" * 99)
    assert held.value.said == f"'{'x' * 40}' is not a moment in time."
    assert held.value.code == "bad-time"
    assert held.value.do
    with pytest.raises(Hold) as held:
        instant("2100-01-01T00:00:00.000000000+00:00")
    assert held.value.said.startswith("2100-01-01T00:00:00.000000000+00:00 lies outside")
    assert held.value.code == "bad-time"
    assert held.value.do


def test_seconds_are_counted_to_the_nanosecond() -> None:
    start = instant("2026-11-02T09:14:06Z")
    assert later(start, 0.000000001).format_iso() == "2026-11-02T09:14:06.000000001Z"
    assert later(start, -1.5).format_iso() == "2026-11-02T09:14:04.5Z"
    assert clock.seconds_between(start, later(start, 90.25)) == 90.25
    assert clock.nanoseconds(instant("1990-01-01T00:00:01Z")) == 631_152_001 * 10**9
    assert from_stdlib(start.to_stdlib()) == start


def test_a_wall_date_is_today_s_unless_days_are_said() -> None:
    moment = instant("2026-03-01T12:00:00Z")
    assert [wall_date(moment, "UTC", days) for days in (-1, 0, 2)] == [
        "2026-02-28", "2026-03-01", "2026-03-03",
    ]  # fmt: skip
    assert wall_date(moment, "UTC") == "2026-03-01"
    assert clock.wall_clock(instant("2026-03-01T12:00:00.987Z"), "UTC") == "2026-03-01T12:00:00"


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(Misconfigured, match=r"^'Mars' is not a time zone. Use an IANA name"):
        clock.wall_clock(instant("2026-03-01T12:00:00Z"), "Mars")


@pytest.mark.parametrize(
    ("codes", "places"),
    [
        ("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF", 0),
        ("BHD IQD JOD KWD LYD OMR TND", 3),
        ("CLF UYW", 4),
        ("GBP EUR USD HUF TWD MRU XTS", 2),
    ],
)
def test_every_currency_has_its_own_minor_unit(codes: str, places: int) -> None:
    for code in codes.split():
        assert exponent(code) == places
        assert minor("7", code) == 7 * 10**places
        assert plain(7 * 10**places, code) == ("7." + "0" * places).rstrip(".")


@pytest.mark.parametrize(
    ("text", "currency", "units"),
    [
        ("0" * 21 + "1.5", "GBP", 150),
        ("9" * 13 + ".99", "GBP", 10**15 - 1),
        ("-" + "9" * 13 + ".99", "GBP", 1 - 10**15),
        ("9" * 15, "JPY", 10**15 - 1),
        ("-0.01", "GBP", -1),
        ("12.5", "GBP", 1250),
        ("12.0000", "JPY", 12),
        ("12.3450", "KWD", 12345),
    ],
)
def test_the_last_amount_that_is_taken(text: str, currency: str, units: int) -> None:
    assert minor(text, currency) == units


@pytest.mark.parametrize(
    ("text", "currency", "said"),
    [
        ("0" * 22 + "1.5", "GBP", "'00000000000000000000001.5' is not an amount of money."),
        ("x" * 99, "GBP", f"'{'x' * 40}' is not an amount of money."),
        ("12.", "GBP", "'12.' is not an amount of money."),
        (".5", "GBP", "'.5' is not an amount of money."),
        ("--5", "GBP", "'--5' is not an amount of money."),
        ("1.-5", "GBP", "'1.-5' is not an amount of money."),
        ("1.2.3", "GBP", "'1.2.3' is not an amount of money."),
        ("\u0661", "GBP", "'\u0661' is not an amount of money."),
        ("1.\u0661", "GBP", "'1.\u0661' is not an amount of money."),
        ("59.401", "GBP", "59.401 GBP has more decimals than GBP has."),
        ("59.4", "JPY", "59.4 JPY has more decimals than JPY has."),
        ("1" + "0" * 15, "JPY", "1000000000000000 JPY is larger than any amount"),
        ("-1" + "0" * 15, "JPY", "-1000000000000000 JPY is larger than any amount"),
    ],
)
def test_the_first_amount_that_is_not(text: str, currency: str, said: str) -> None:
    with pytest.raises(Hold) as held:
        minor(text, currency)
    assert held.value.said.startswith(said)
    assert held.value.code == "bad-amount"
    assert held.value.do


def test_the_number_of_decimals_that_a_currency_has_is_told() -> None:
    with pytest.raises(Hold, match="An amount in KWD has at most 3"):
        minor("1.2345", "KWD")


@pytest.mark.parametrize(
    ("numerator", "denominator", "whole"),
    [(0, 1, 0), (1, 2, 1), (-1, 2, -1), (1, 3, 0), (-1, 3, 0), (5, 3, 2), (-5, 3, -2), (7, 1, 7),
     (-7, 1, -7), (49, 100, 0), (50, 100, 1), (149, 100, 1), (150, 100, 2)],
)  # fmt: skip
def test_halves_go_away_from_zero(numerator: int, denominator: int, whole: int) -> None:
    assert rounded(numerator, denominator) == whole


@pytest.mark.parametrize("denominator", [0, -1])
def test_nothing_is_divided_by_nothing(denominator: int) -> None:
    with pytest.raises(ValueError, match=r"^the denominator must be positive$"):
        rounded(1, denominator)


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [
        (0, [1, 2], [0, 0]),
        (1, [1, 1], [1, 0]),
        (-1, [1, 1], [-1, 0]),
        (100, [1, 1, 1], [34, 33, 33]),
        (-100, [1, 1, 1], [-34, -33, -33]),
        (5, [0, 3, 1], [0, 4, 1]),
        (7, [2, 3, 2], [2, 3, 2]),
        (10, [1, 2, 3], [2, 3, 5]),
        (3, [1], [3]),
    ],
)
def test_what_is_left_over_goes_to_the_largest_remainders(
    total: int, weights: list[int], parts: list[int]
) -> None:
    assert allocate(total, weights) == parts


@pytest.mark.parametrize("weights", [[], [0], [0, 0], [2, -1], [-1]])
def test_weights_that_weigh_nothing_split_nothing(weights: list[int]) -> None:
    with pytest.raises(ValueError, match=r"^weights must be non-negative and not all zero$"):
        allocate(100, weights)


@pytest.mark.parametrize(
    ("units", "currency", "shown"),
    [
        (123450, "GBP", "£1,234.50"),
        (-5, "EUR", "-€0.05"),
        (0, "USD", "$0.00"),
        (1234, "JPY", "JPY 1,234"),
        (-1234567, "KWD", "-KWD 1,234.567"),
    ],
)
def test_money_is_shown_for_people(units: int, currency: str, shown: str) -> None:
    assert str(Money(units, currency)) == shown


@pytest.mark.parametrize("code", ["", "GB", "GBPP", "gbp", "Gbp", "G1P", "ÄÖÜ"])
def test_what_is_no_currency_code_holds_no_money(code: str) -> None:
    with pytest.raises(ValueError, match=f"^'{code}' is not a currency code$"):
        Money(1, code)


def test_money_is_added_in_one_currency_only_and_stays_as_it_is() -> None:
    five, two = Money(5, "GBP"), Money(2, "GBP")
    assert (five + two, five - two, -five) == (Money(7, "GBP"), Money(3, "GBP"), Money(-5, "GBP"))
    for act in (five.__add__, five.__sub__):
        with pytest.raises(ValueError, match=r"^GBP and EUR cannot be added together$"):
            act(Money(1, "EUR"))
    with pytest.raises(AttributeError):
        five.minor = 6  # type: ignore[misc]
    with pytest.raises(TypeError):
        _ = five < two  # type: ignore[operator]


def test_sums_are_kept_by_currency() -> None:
    amounts = [Money(5, "GBP"), Money(7, "EUR"), Money(-2, "GBP"), Money(1, "GBP")]
    assert totals(amounts) == {"GBP": 4, "EUR": 7}


@pytest.mark.parametrize(
    ("value", "count"), [(10**9, 10**9), ("0" * 15 + "7", 7), ("7." + "0" * 14, 7), (0, 0)]
)
def test_the_last_number_of_pieces_that_is_taken(value: object, count: int) -> None:
    assert pieces(value) == count


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("0" * 16 + "7", "'00000000000000007' is not a number of pieces."),
        ("y" * 99, f"'{'y' * 40}' is not a number of pieces."),
        ("3.05", "'3.05' is not a number of pieces."),
        ("3.0X", "'3.0X' is not a number of pieces."),
        (True, "'True' is not a number of pieces."),
        ("\u0663", "'\u0663' is not a number of pieces."),
        (10**9 + 1, "1000000001 pieces is more than any order has."),
    ],
)
def test_the_first_number_of_pieces_that_is_not(value: object, said: str) -> None:
    with pytest.raises(Hold) as held:
        pieces(value)
    assert held.value.said == said
    assert held.value.code == "bad-quantity"
    assert held.value.do
