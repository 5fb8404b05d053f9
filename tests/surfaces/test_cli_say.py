"""Data on one stream, talk on the other; plain where no terminal is; never a question unasked."""

from __future__ import annotations

import io
import json

import pytest

from counterfoil.surfaces.cli.flags import Flags
from counterfoil.surfaces.cli.say import Say
from counterfoil.surfaces.desk.envelope import Page
from counterfoil.surfaces.desk.figures import amount, counted, money
from counterfoil.values.errors import Misconfigured, SignIn
from counterfoil.values.money import Money


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def speaking(*, json: bool = False, quiet: bool = False) -> tuple[Say, io.StringIO, io.StringIO]:
    out, err = io.StringIO(), io.StringIO()
    return Say(Flags(json=json, quiet=quiet), out, err), out, err


def test_json_is_one_envelope_with_money_in_minor_units() -> None:
    say, out, _ = speaking(json=True)
    say.answer("thing", [Money(4200, "GBP")], lambda: None, page=Page("2", 3))
    found = json.loads(out.getvalue())
    assert found["schema"] == "counterfoil.thing/1"
    assert found["data"] == [{"minor": 4200, "currency": "GBP"}]
    assert found["page"] == {"next": "2", "total": 3}
    assert found["as_of"].endswith("Z")


def test_a_table_off_a_terminal_is_aligned_and_without_lines() -> None:
    say, out, _ = speaking()
    say.table(("order", "money"), [("#1", "£5.00"), ("#1001", "£12.50")], right=(1,))
    assert out.getvalue() == "order   money\n#1      £5.00\n#1001  £12.50\n"


def test_a_table_on_a_terminal_has_no_colour_where_none_is_wanted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    out = Terminal()
    Say(Flags(), out, io.StringIO()).table(("a",), [("b",)])
    assert "\x1b" not in out.getvalue()


def test_talk_is_not_data_and_can_be_silenced() -> None:
    say, out, err = speaking()
    say.note("working")
    assert (out.getvalue(), err.getvalue()) == ("", "working\n")
    say, _, err = speaking(quiet=True)
    say.note("working")
    assert err.getvalue() == ""


def test_an_error_is_what_happened_and_what_to_do() -> None:
    say, out, err = speaking()
    say.error(SignIn("The key is wrong.", do="Write the new one.", where="shop"))
    assert err.getvalue() == "shop: The key is wrong.\nWrite the new one.\n"
    assert out.getvalue() == ""


def test_an_error_is_json_with_its_exit_code() -> None:
    say, _, err = speaking(json=True)
    say.error(SignIn("The key is wrong."))
    assert json.loads(err.getvalue())["exit"] == 4


def test_without_a_terminal_a_question_names_the_flag() -> None:
    say, _, _ = speaking()
    with pytest.raises(Misconfigured) as caught:
        say.sure("Send 2 records?", "--yes", given=False)
    assert "--yes" in caught.value.do
    say.sure("Send 2 records?", "--yes", given=True)


def test_on_a_terminal_only_yes_is_yes(monkeypatch: pytest.MonkeyPatch) -> None:
    for typed, agreed in (("y\n", True), ("n\n", False), ("\n", False)):
        stdin = Terminal(typed)
        monkeypatch.setattr("sys.stdin", stdin)
        say = Say(Flags(), io.StringIO(), Terminal())
        if agreed:
            say.sure("Really?", "--yes", given=False)
        else:
            with pytest.raises(Misconfigured):
                say.sure("Really?", "--yes", given=False)


def test_progress_off_a_terminal_moves_nothing() -> None:
    say, _, err = speaking()
    with say.progress() as advance:
        advance("Listed", 1, 2)
    assert err.getvalue() == ""


def test_an_amount_that_nobody_could_read_is_unknown_and_not_nothing() -> None:
    unknown = "unknown amount"
    assert money(None) == unknown
    assert money(Money(0, "XXX")) == unknown
    assert money(Money(0, "GBP"), "bad-amount") == unknown
    assert money(Money(0, "GBP"), "unmapped-value") == "£0.00"
    assert money(Money(1250, "GBP"), "missing-field") == "£12.50"


def test_figures_as_people_read_them() -> None:
    assert amount([Money(100, "GBP"), Money(5, "GBP"), Money(7, "EUR")]) == "€0.07 and £1.05"
    assert amount([Money(100, "GBP"), Money(0, "XXX")]) == "£1.00"
    assert amount([Money(0, "XXX")]) == "no money"
    assert counted(1, "order") == "1 order"
    assert counted(1200, "order") == "1,200 orders"
