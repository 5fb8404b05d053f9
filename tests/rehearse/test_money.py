"""Money by the twins' own books: refunds beside orders, payouts at the bank, and what clears."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from msgspec.structs import replace

from counterfoil.ledger.account import State
from counterfoil.rehearse.cast.book import Booked, Moved
from counterfoil.rehearse.demo.books import Money, compare
from counterfoil.rehearse.demo.money import Cleared, Ledger, arrived, as_sold, cleared, ledger

ORDER = Booked("1", "#1001", 900, "GBP", 2)
REFUND = Booked("10", "#1001-R10", 100, "GBP", 1, {"TEE": 1}, "1")
NAMES = {"1": "1", "R-10": "1"}
BOOKED = (Moved("1", 1000, "GBP", "851"), Moved("R-10", -100, "GBP", "851"))
PAYOUT = (Moved("77-costs", -27, "GBP", "851"), Moved("77-transfer", -873, "GBP", "851"))
PROVIDER = (Moved("1", 1000, "GBP", "77"), Moved("1", -100, "GBP", "77"))


def stands(
    booked: Sequence[Moved] = (*BOOKED, *PAYOUT),
    provider: Sequence[Moved] = PROVIDER,
    trouble: Collection[str] = (),
) -> Cleared:
    return cleared(booked, provider, NAMES, trouble)["GBP"]


def test_an_order_is_compared_as_it_was_sold_where_a_refund_tells_what_went_back() -> None:
    (sold,) = as_sold([ORDER], [REFUND], ())
    assert (sold.minor, sold.pieces) == (1000, 3)


def test_what_went_back_before_it_was_sent_is_off_it() -> None:
    assert as_sold([ORDER], [REFUND], {"10"}) == [ORDER]


def test_what_was_paid_out_is_cleared() -> None:
    assert stands() == Cleared(0, 0, 0, 0)


def test_what_waits_for_a_payout_stands_on_the_account() -> None:
    waiting = [replace(row, account="") for row in PROVIDER]
    assert stands(BOOKED, waiting) == Cleared(900, 900, 0, 0)


def test_a_payout_that_is_posted_twice_is_not_explained() -> None:
    assert stands((*BOOKED, *PAYOUT, *PAYOUT)) == Cleared(-900, 0, 0, 900)


def test_nor_is_one_that_is_not_balanced() -> None:
    assert stands((*BOOKED, PAYOUT[1])) == Cleared(27, 0, 0, 27)


def test_nor_is_an_order_that_was_paid_and_is_not_booked() -> None:
    found = stands((BOOKED[1], *PAYOUT))
    assert (found.stands_minor, found.unexplained_minor) == (-1000, 1000)
    assert stands((BOOKED[1], *PAYOUT), trouble={"1"}) == Cleared(-1000, 0, -1000, 0)


def test_two_mistakes_do_not_make_nought() -> None:
    others = (Moved("2", 500, "GBP", "77"), Moved("3", -500, "GBP", "77"))
    assert stands(provider=(*PROVIDER, *others)).unexplained_minor == 1000


def test_a_payout_is_at_the_bank_once() -> None:
    moved = [*PAYOUT, Moved("77-transfer", 873, "GBP", "090")]
    payouts = [Booked("77", "77", 873, "GBP", 0)]
    books = compare("", payouts, arrived(moved, "090"), {"77": State.CONFIRMED})
    assert (books.money["GBP"].difference_minor, books.twice) == (0, 0)
    again = [*moved, moved[-1]]
    assert compare("", payouts, arrived(again, "090"), {"77": State.CONFIRMED}).twice == 1


def test_the_books_come_to_what_was_sold_less_what_went_back() -> None:
    sales, credits = {"GBP": Money(1000, 1000, 0, 0, 0)}, {"GBP": Money(100, 100, 0, 0, 0)}
    assert ledger([ORDER], (), sales, credits) == {"GBP": Ledger(900, 900, 0, 0)}


def test_what_is_not_there_and_known_is_told() -> None:
    sales, credits = {"GBP": Money(1000, 1000, 0, 0, 0)}, {"GBP": Money(100, 0, 100, 0, 0)}
    assert ledger([ORDER], (), sales, credits) == {"GBP": Ledger(900, 1000, -100, 0)}
    off = {"GBP": Money(900, 900, 0, 0, 0)}
    assert ledger([ORDER], [REFUND], off, credits) == {"GBP": Ledger(900, 900, 0, 0)}


def test_a_penny_that_nobody_knows_of_is_unexplained() -> None:
    sales = {"GBP": Money(1000, 999, 0, 0, 1)}
    assert ledger([ORDER], (), sales, {})["GBP"].unexplained_minor == -99
