"""A cancellation is matched to earlier sales of its customer and product, or held with a reason."""

from __future__ import annotations

from datetime import date
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import duckdb
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.rehearse.traffic.history import Period, history
from counterfoil.rehearse.traffic.repaid import Repaid, Row, matched
from tests.rehearse.salesfiles import REAL, csv_file, needs_real, row


def of(*rows: Row) -> Repaid:
    """What comes of these rows, an invoice in each run of one number."""
    return matched([*invoice] for _, invoice in groupby(rows, key=attrgetter("invoice")))


def sold(quantity: int = 5, unit: int = 200, *, customer: str = "1", code: str = "MUG") -> Row:
    return Row(0, f"S{quantity}{unit}{code}", customer, code, quantity, unit, counts=False)


def back(
    quantity: int = 2,
    unit: int = 200,
    *,
    customer: str = "1",
    code: str = "MUG",
    invoice: str = "C1",
    counts: bool = True,
) -> Row:
    return Row(1, invoice, customer, code, -quantity, unit, counts)


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ([sold(), back()], ""),
        ([sold(), back(5)], ""),
        ([sold(3), sold(4, 210), back(6)], ""),
        ([sold(), back(customer="")], "no-customer"),
        ([sold(code="POST"), back(code="POST")], "no-goods"),
        ([sold(code="D"), back(1, 900, code="D")], "no-goods"),
        ([back()], "never-sold"),
        ([sold(customer="2"), back()], "never-sold"),
        ([sold(code="CAP"), back()], "never-sold"),
        ([sold(), back(6)], "more-than-left"),
        ([sold(), back(1, 201)], "above-its-price"),
        ([sold(1, 210), sold(5, 200), back(2, 205)], "above-its-price"),
    ],
)  # fmt: skip
def test_what_comes_of_a_cancellation(rows: list[Row], reason: str) -> None:
    repaid, money = of(*rows), -rows[-1].quantity * rows[-1].unit_minor
    assert (repaid.invoices, repaid.gross_minor) == (1, money)
    if reason:
        assert (repaid.matched, repaid.held, repaid.held_minor) == (0, {reason: 1}, {reason: money})
    else:
        assert (repaid.matched, repaid.held, repaid.matched_minor) == (1, {}, money)


def test_what_one_took_back_is_not_there_for_the_next() -> None:
    repaid = of(sold(5), back(3, invoice="C1"), back(3, invoice="C2"), back(2, invoice="C3"))
    assert (repaid.matched, repaid.held) == (2, {"more-than-left": 1})


def test_all_lines_of_an_invoice_are_taken_or_none() -> None:
    part = (back(3), back(1, code="CAP"))
    repaid = of(sold(5), *part, back(5, invoice="C2"))
    assert (repaid.matched, repaid.held) == (1, {"never-sold": 1})


def test_two_lines_of_an_invoice_do_not_take_the_same_piece() -> None:
    assert of(sold(5), back(3), back(3)).held == {"more-than-left": 1}


def test_what_was_taken_before_the_period_is_gone_and_not_counted() -> None:
    repaid = of(sold(5), back(4, invoice="C1", counts=False), back(2, invoice="C2"))
    assert (repaid.invoices, repaid.held) == (1, {"more-than-left": 1})


@given(
    st.lists(
        st.builds(
            Row, st.just(0), st.sampled_from(["C1", "C2", "C3", "S1", "S2"]),
            st.sampled_from(["", "1", "2"]), st.sampled_from(["MUG", "CAP", "POST"]),
            st.integers(1, 9), st.integers(1, 300), st.booleans(),
        ),
        max_size=12,
    )
)  # fmt: skip
def test_every_invoice_and_every_penny_is_matched_or_held(drawn: list[Row]) -> None:
    rows = [one._replace(quantity=-one.quantity) if one.invoice[0] == "C" else one for one in drawn]
    repaid = of(*rows)
    assert repaid.invoices == repaid.matched + sum(repaid.held.values())
    assert repaid.gross_minor == repaid.matched_minor + sum(repaid.held_minor.values())


def test_a_file_tells_its_cancellations(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path,
        [
            row("500001", quantity="6", at="2011-10-30 09:00:00"),
            row("C500002", quantity="-4", at="2011-11-02 09:00:00"),
            row("C500003", quantity="-4", at="2011-11-03 09:00:00"),
            row("500004", quantity="1", at="2011-11-04 09:00:00"),
            row("A500005", quantity="-1", at="2011-11-04 10:00:00"),
            row("C500006", quantity="-2", at="2011-12-01 09:00:00"),
        ],
    )
    with history(path, period=Period(date(2011, 11, 1), date(2011, 11, 30))) as sales:
        assert sales.traffic.refunds == Repaid(
            2, 1, {"more-than-left": 1}, 2040, 1020, {"more-than-left": 1020}
        )


@needs_real
@pytest.mark.parametrize(
    ("period", "invoices", "count"),
    [
        (Period(date(2011, 11, 1), date(2011, 11, 30)), 441, 335),
        (Period(), 3836, 2681),
    ],
    ids=["november", "whole"],
)
def test_the_real_file(period: Period, invoices: int, count: int) -> None:
    with history(REAL, period=period) as sales:
        repaid = sales.traffic.refunds
    days = [period.start or date(1990, 1, 1), period.end or date(2099, 1, 1)]
    counted = duckdb.execute(
        "select count(distinct invoice_no),"
        " sum(-quantity * floor(unit_price * 100 + 0.5)::bigint)::bigint"
        f" from '{REAL}' where invoice_no like 'C%' and invoice_ts::date between ? and ?",
        days,
    ).fetchone()
    assert counted == (repaid.invoices, repaid.gross_minor)
    assert (repaid.invoices, repaid.matched) == (invoices, count)
    assert repaid.invoices == repaid.matched + sum(repaid.held.values())
