"""What must be nought by the twins' own books: each count once right, and once red."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import pytest
from msgspec.structs import replace

from counterfoil.ledger.account import State
from counterfoil.rehearse.cast.book import Booked, Level
from counterfoil.rehearse.cast.estates import Way
from counterfoil.rehearse.cast.twin import Despatched
from counterfoil.rehearse.demo import fulfilment, items, stock
from counterfoil.rehearse.demo.books import Books, compare
from counterfoil.rehearse.demo.stock import Sold
from counterfoil.rehearse.demo.weigh import nought

WAY = Way("shop", "office")
ORDERS = (Booked("1", "#1001", 1250, "GBP", 3), Booked("2", "#1002", 5, "GBP", 1))
THERE = (Booked("91", "1", 1250, "", 3), Booked("92", "2", 5, "", 1))
SENT = (
    Despatched("71", "1", {"TEE": 2}, ("T1",), False, 10),
    Despatched("72", "1", {"CAP": 1}, (), False, 11),
    Despatched("73", "2", {"CAP": 1}, ("T2",), True, 12),
)
TOLD = (
    Despatched("501", "1", {"TEE": 2}, ("T1",), False, 13),
    Despatched("502", "1", {"CAP": 1}, (), False, 14),
)
ALL: Mapping[str, State] = dict.fromkeys(("1", "2", "71", "72", "73"), State.CONFIRMED)


def checked(books: Books) -> dict[str, int]:
    return {name: count for name, count in nought("route", books).items() if count}


def orders(there: Sequence[Booked] = THERE, states: Mapping[str, State] = ALL) -> Books:
    return compare(WAY, ORDERS, there, states)


def told(
    telling: Sequence[Despatched] = TOLD,
    states: Mapping[str, State] = ALL,
    sent: Sequence[Despatched] = SENT,
) -> Books:
    return fulfilment.told(sent, telling, states)


def test_nothing_is_red_where_both_books_agree() -> None:
    assert checked(orders()) == {}
    assert checked(told()) == {}


@pytest.mark.parametrize("state", [None, State.SENDING, State.CONFIRMED, State.DRIFTED])
def test_an_order_that_is_not_there_and_nobody_says_so_is_missing(state: State | None) -> None:
    states = {key: value for key, value in {**ALL, "2": state}.items() if value is not None}
    assert checked(orders(THERE[:1], states)) == {"route-missing": 1}


@pytest.mark.parametrize("state", [State.HELD, State.WAITING, State.EXCLUDED, State.REFUSED])
def test_one_that_somebody_knows_of_is_not(state: State) -> None:
    assert checked(orders(THERE[:1], {**ALL, "2": state})) == {}


def test_an_order_that_is_there_twice() -> None:
    assert checked(orders((*THERE, replace(THERE[0], key="93")))) == {"route-twice": 1}


def test_an_order_that_nobody_sold() -> None:
    assert checked(orders((*THERE, replace(THERE[0], key="93", reference="7")))) == {
        "route-strays": 1
    }


def test_a_product_that_has_no_money_is_missed_all_the_same() -> None:
    products = (Booked("v1", "v1", 0, "", 0),)
    books = compare(WAY, products, (), {"v1": State.CONFIRMED})
    assert (books.money, checked(books)) == ({}, {"route-missing": 1})


# --- what a system knows by its stock code alone ---

SOLD = (Booked("p1", "p1", 0, "", 0), Booked("v1", "v1", 0, "", 0), Booked("v2", "v2", 0, "", 0))
CODES = {"TEE": "v1", "CAP": "v2"}


def coded(*there: str, former: Mapping[str, str] | None = None) -> dict[str, int]:
    target = [Booked(str(place), code, 0, "", 0) for place, code in enumerate(there)]
    source, known = items.by_code(SOLD, target, CODES, former or {})
    return checked(compare(WAY, source, known, dict.fromkeys(("v1", "v2"), State.CONFIRMED)))


def test_items_are_known_by_the_codes_of_what_they_are() -> None:
    assert coded("TEE", "CAP") == {}
    assert coded("TEE") == {"route-missing": 1}
    assert coded("TEE", "CAP", "TEE") == {"route-twice": 1}
    assert coded("TEE", "CAP", "MUG") == {"route-strays": 1}


def test_the_item_of_a_code_that_was_changed_stays_and_is_no_second_one() -> None:
    assert coded("TEE", "CAP", "TSHIRT", former={"TSHIRT": "v1"}) == {}
    assert coded("CAP", "TSHIRT", former={"TSHIRT": "v1"}) == {}, "the new one is refused so far"
    assert coded("CAP", former={"TSHIRT": "v1"}) == {"route-missing": 1}


def test_a_despatch_that_was_not_told_and_nobody_says_so() -> None:
    assert checked(told(TOLD[1:])) == {"route-missing": 1}
    assert checked(told(TOLD[1:], {})) == {"route-missing": 1}


def test_one_that_is_held_is_listed() -> None:
    books = told(TOLD[1:], {**ALL, "71": State.HELD})
    assert (checked(books), books.untold) == ({}, ("71",))
    assert (books.pieces.source, books.pieces.target, books.pieces.not_there) == (3, 1, 2)


def test_goods_are_the_same_whatever_each_end_calls_them_by_now() -> None:
    telling = [replace(TOLD[0], pieces={"TEE-B": 2}), TOLD[1]]
    assert checked(told(telling)) == {"route-missing": 1, "route-twice": 1}
    keys = {"TEE": "v1", "TEE-B": "v1", "CAP": "v2"}
    sent = fulfilment.of_products(SENT, keys)
    assert checked(told(fulfilment.of_products(telling, keys), sent=sent)) == {}
    other = fulfilment.of_products(telling, {"TEE-B": "v3"})
    assert checked(told(other))["route-missing"] == 1, "what means nothing is itself"


def test_a_despatch_that_was_told_twice() -> None:
    assert checked(told((*TOLD, replace(TOLD[0], key="503"))))["route-twice"] == 1
    assert checked(told((*TOLD, replace(TOLD[1], key="503")))) == {"route-twice": 1}


def test_what_a_person_knows_of_may_be_there_as_it_was_told_last() -> None:
    sent = (replace(SENT[0], tracking=("T9",)), *SENT[1:])
    assert checked(told(sent=sent, states={**ALL, "71": State.HELD})) == {}
    assert checked(told(sent=sent)) == {"route-missing": 1, "route-twice": 1}


def test_a_despatch_that_never_left() -> None:
    stray = Despatched("503", "8", {"TEE": 1}, ("T8",), False, 15)
    assert checked(told((*TOLD, stray))) == {"route-strays": 1}
    void = Despatched("504", "2", {"CAP": 1}, ("T2",), False, 15)
    assert checked(told((*TOLD, void))) == {"route-twice": 1}


def test_both_ends_are_spoken_of_by_the_orders_of_who_is_told() -> None:
    own = (Booked("14", "1", 0, "GBP", 3, {"TEE": 2, "CAP": 1}),)
    assert {row.order for row in fulfilment.of_orders(TOLD, own)} == {"14"}
    sent = [replace(row, order=f"ow-{row.order}") for row in SENT[:2]]
    assert {row.order for row in fulfilment.of_orders(sent, (), "ow-")} == {"1"}


def test_pieces_that_left_beyond_what_was_ordered() -> None:
    own = (Booked("14", "1", 0, "GBP", 3, {"TEE": 2, "CAP": 1}),)
    assert fulfilment.sent_beyond(SENT, own) == 0
    assert fulfilment.sent_beyond((*SENT, replace(SENT[0], key="74", tracking=("T4",))), own) == 2
    assert fulfilment.sent_beyond(SENT, ()) == 3


# --- pools ---

NONE: Counter[str] = Counter()
NOTHING = Sold(NONE, NONE)
FREE = {"TEE": 9_500, "CAP": -2_000}


def shown(
    tee: int, cap: int = 0, sold: Sold = NOTHING, trouble: Sequence[str] = ()
) -> tuple[int, int]:
    levels = [Level("TEE", "3001", tee * 1000), Level("CAP", "3001", cap * 1000)]
    books, more = stock.shown(FREE, levels, sold, trouble)
    return books.pieces.difference, more


def test_a_pool_shows_what_the_formula_makes_of_both_books() -> None:
    assert shown(9) == (0, 0)
    assert shown(9, -4) == (0, 0), "the shop has sold more than there was"
    assert shown(7, sold=Sold(Counter({"TEE": 2}), NONE)) == (0, 0)


def test_a_pool_that_shows_more_than_there_is() -> None:
    assert shown(10) == (1, 1)
    assert shown(9, 1) == (1, 1)
    assert shown(9, sold=Sold(Counter({"TEE": 2}), NONE)) == (2, 2)


def test_one_that_shows_less_is_a_difference_unless_the_house_cannot_know() -> None:
    assert shown(8) == (1, 0)
    assert shown(8, sold=Sold(NONE, Counter({"TEE": 1}))) == (0, 0)


def test_one_of_which_a_person_knows_is_told_apart() -> None:
    assert shown(12, trouble=["TEE"]) == (0, 0)


def test_what_was_sold_and_has_not_arrived_is_in_the_pipe() -> None:
    sales = [replace(order, units={"TEE": order.pieces}) for order in ORDERS]
    assert stock.sold(sales, {"1"}, "", ALL) == Sold(Counter({"TEE": 1}), NONE)
    held = {**ALL, "1": State.HELD, "2": State.EXCLUDED}
    assert stock.sold(sales, {"1"}, "", held) == Sold(NONE, Counter({"TEE": 3}))


def test_a_level_at_a_place_that_nobody_mapped_blocks_its_pools() -> None:
    mapped = {"3": "MAIN", "4": ""}
    levels = [Level("TEE", "3", 5000), Level("TEE", "4", 900), Level("CAP", "9", 1000)]
    free, blocked = stock.free([(level, mapped) for level in levels], {"MAIN"})
    assert (free, blocked) == ({"TEE": 5000}, {"CAP"})
