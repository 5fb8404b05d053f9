"""What each means of payment holds, and where a tip lies."""

from __future__ import annotations

from counterfoil.mapping.left import Parts
from counterfoil.mapping.tenders import Transaction, tenders, together
from counterfoil.mapping.tip import with_tip
from counterfoil.model.line import Charge, Line, Payment


def test_each_gateway_holds_what_it_received_less_what_it_returned() -> None:
    rows = [
        Transaction("visa", "authorised", 500),
        Transaction("visa", "received", 500, "first"),
        Transaction("visa", "received", 100, "second"),
        Transaction("visa", "returned", 250),
        Transaction("gift_card", "received", 300),
        Transaction("bank", "authorised", 700),
        Transaction("gone", "received", 100),
        Transaction("gone", "returned", 100),
    ]
    assert tenders(rows, {"gift_card": "gift-card"}) == (
        Payment("gift_card", 300, "gift-card", "received"),
        Payment("visa", 350, "", "received", "first"),
        Payment("bank", 700, "", "authorised"),
    )


def test_of_several_gateways_whose_sum_alone_is_told_it_is_one_payment() -> None:
    assert together({"visa", "gift_card"}, 500, "received", {"gift_card": "gift-card"}) == (
        Payment("gift_card, visa", 500, "", "received"),
    )
    assert together({"gift_card", ""}, 500, "authorised", {"gift_card": "gift-card"}) == (
        Payment("gift_card", 500, "gift-card", "authorised"),
    )
    assert together({""}, 500, "received", {}) == (Payment("", 500, "", "received"),)
    assert together((), 500, "received", {}) == ()
    assert together({"visa"}, 0, "received", {}) == ()


def custom(title: str, unit_minor: int, *, ships: bool = False, exempt: bool = True) -> Line:
    return Line("1", "", title, 1, unit_minor, kind="custom", ships=ships, exempt=exempt)


GOODS = Line("9", "A", "A", 1, 1000)


def tipped(*lines: Line, total: int, tip: int = 200) -> Parts:
    return with_tip(Parts((GOODS, *lines), (), (), True), tip, total)


def test_a_tip_that_no_line_carries_is_an_extra() -> None:
    assert tipped(total=1200).extras == (Charge("Tip", 200),)
    assert tipped(total=1000).extras == ()  # the total has none


def test_a_line_called_so_is_the_tip() -> None:
    parts = tipped(custom("TIP", 150), custom("Wrap", 200), total=1350)
    assert [line.kind for line in parts.lines] == ["product", "tip", "custom"]
    assert parts.extras == ()


def test_of_lines_of_the_same_amount_only_one_is_the_tip_and_nobody_sends_it() -> None:
    parts = tipped(custom("Box", 200, ships=True), custom("Thanks", 200), total=1400)
    assert [line.kind for line in parts.lines] == ["product", "custom", "tip"]
