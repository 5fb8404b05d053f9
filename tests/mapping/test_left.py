"""What is left of lines and postage, and the pennies by which current totals judge the shares."""

from __future__ import annotations

import pytest

from counterfoil.mapping.left import Ordered, Parts, Shared, lines_left, part_of_postage, settled
from counterfoil.model.line import Charge, Line, Tax

POSTAGE = Charge("Post", 495, 83, "0.2", taxes=(Tax("VAT", 83, "0.2"),))


def line(quantity: int, unit: int, discount: int = 0, tax: int = 0) -> Line:
    taxes = (Tax("VAT", tax, "0.2"),) if tax else ()
    return Line("1", "A", "A", quantity, unit, discount, tax, "0.2", taxes=taxes)


def parts(*lines: Line, shipping: tuple[Charge, ...] = (), included: bool = True) -> Parts:
    return Parts(lines, shipping, (), included)


def test_what_parts_come_to_has_tax_where_their_prices_have_none() -> None:
    rows = parts(line(2, 1000, 100, 380), shipping=(POSTAGE,))
    assert (rows.worth, rows.tax_minor) == (2395, 463)
    assert rows._replace(included=False).worth == 2858


def test_postage_of_which_some_is_left_has_its_share_of_the_tax() -> None:
    (left,) = part_of_postage((POSTAGE,), 200)
    assert (left.amount_minor, left.tax_minor) == (200, 34)
    assert left.taxes == (Tax("VAT", 34, "0.2"),)
    two = part_of_postage((POSTAGE, Charge("Free", 0)), 200)
    assert [charge.amount_minor for charge in two] == [200, 0]


@pytest.mark.parametrize("left_minor", [None, 495, 600, -1])
def test_postage_of_which_nothing_went_back_is_the_very_same(left_minor: int | None) -> None:
    whole = (POSTAGE,)
    assert part_of_postage(whole, left_minor) is whole


def test_a_penny_of_a_shared_discount_goes_where_the_total_asks() -> None:
    rows = parts(line(1, 1000, 33), line(1, 1000, 33), line(1, 500))
    shared = Shared((0, 1), (0, 1))
    assert [row.discount_minor for row in settled(rows, shared, 2433, None).lines] == [34, 33, 0]
    assert [row.discount_minor for row in settled(rows, shared, 2436, None).lines] == [32, 32, 0]


def test_more_than_a_penny_a_share_is_no_rounding_and_is_left() -> None:
    rows = parts(line(1, 1000, 33))
    assert settled(rows, Shared((0,), (0,)), 965, None).lines == [line(1, 1000, 33)]


def test_a_penny_of_tax_lies_on_a_line_first_and_then_on_postage() -> None:
    rows = parts(line(1, 1000, 0, 166), shipping=(POSTAGE,))
    once = settled(rows, Shared((0,), (), True), 1495, 250)
    assert (once.lines[0].tax_minor, once.shipping[0].tax_minor) == (167, 83)
    twice = settled(rows, Shared((0,), (), True), 1495, 251)
    assert (twice.lines[0].taxes, twice.shipping[0].tax_minor) == ((Tax("VAT", 167, "0.2"),), 84)
    assert settled(rows, Shared((0,)), 1495, 251).tax_minor == 249


def test_what_is_free_gets_no_tax() -> None:
    free = Line("1", "A", "A", 1, 0, taxes=(Tax("VAT", 0, "0.2"),))
    assert settled(parts(free), Shared((0,)), 0, 1).tax_minor == 0


def test_lines_of_which_pieces_are_left_keep_their_share() -> None:
    whole = line(3, 1000, 100, 483)
    rows = [Ordered(whole, 2), Ordered(whole, 0), Ordered(whole), Ordered(line(2, 500), 1, 0)]
    lines, shared = lines_left(rows)
    assert [row.quantity for row in lines] == [2, 3, 1]
    assert (lines[0].discount_minor, lines[0].tax_minor) == (67, 322)
    assert shared == Shared([0, 2], [0])
    assert [row.sent for row in lines] == [0, 0, 1]  # nothing of the last is still to be sent


def test_more_than_was_ordered_is_no_share() -> None:
    lines, shared = lines_left([Ordered(line(1, 1000, 100), 2)])
    assert (lines[0].quantity, lines[0].discount_minor, shared) == (2, 100, Shared([], []))
