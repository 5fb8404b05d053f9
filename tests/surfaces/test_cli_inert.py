"""Whatever a stranger wrote, a terminal is told nothing but letters."""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Callable

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.surfaces.cli import logs
from counterfoil.surfaces.cli.columns import laid
from counterfoil.surfaces.cli.flags import Flags
from counterfoil.surfaces.cli.say import Say
from counterfoil.surfaces.desk.inert import inert, inert_json
from counterfoil.values.errors import Misconfigured, Refuse

OBEYED = {"Cc", "Cf", "Cs", "Zl", "Zp"}
FORGED = "#1\n£9.00  paid\r\x1b[2K\x9b31m\x7f\u202e\u2066\u2028\u2029\u200f\u061c\ud800\U000e0041"
TEXTS = st.text(st.characters() | st.sampled_from(FORGED))  # type: ignore[arg-type]


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def obeyed(text: str) -> set[str]:
    """What of `text` is not simply shown, beside our own ends of lines."""
    return {letter for letter in text if unicodedata.category(letter) in OBEYED} - {"\n"}


@given(TEXTS)
def test_nothing_in_it_is_obeyed_and_it_is_one_line(text: str) -> None:
    shown = inert(text)
    assert not obeyed(shown)
    assert "\n" not in shown
    assert inert(shown) == shown


@given(st.text(st.characters(exclude_categories=["C", "Z"])))
def test_honest_words_stay_as_they_are(text: str) -> None:
    assert inert(text) == text


def test_how_it_looks() -> None:
    assert inert("a\x1b[2Kb\r\n\u202ec\xa0d") == "a\\x1b[2Kb\\r\\n\\u202ec d"


@given(st.recursive(TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)))
def test_json_means_the_same(value: object) -> None:
    text = json.dumps(value, ensure_ascii=False)
    shown = inert_json(text)
    assert not obeyed(shown)
    assert json.loads(shown) == json.loads(text)


def _progress(say: Say, text: str) -> None:
    with say.progress() as advance:
        advance(text, 1, 2)


WAYS: dict[str, Callable[[Say, str], None]] = {
    "line": lambda say, text: say.line(text),
    "lines": lambda say, text: say.lines([text]),
    "heading": lambda say, text: say.heading(text),
    "cell": lambda say, text: say.table(("a", "b"), [(text, "2")], right=(1,)),
    "prose": lambda say, text: say.table((text, "b"), [("1", text)]),
    "note": lambda say, text: say.note(text),
    "error": lambda say, text: say.error(Refuse(text, do=text, where=text)),
    "progress": _progress,
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("json_", [False, True])
@given(text=TEXTS)
def test_no_way_out_lets_it_through(way: str, json_: bool, text: str) -> None:
    out, err = io.StringIO(), io.StringIO()
    say = Say(Flags(json=json_), out, err)
    text = text.encode("utf-8", "replace").decode() if json_ else text
    WAYS[way](say, text or "#1")
    honest = io.StringIO()
    WAYS[way](Say(Flags(json=json_), honest, honest), "#1")
    said = out.getvalue() + err.getvalue()
    assert not obeyed(said)
    assert said.count("\n") == honest.getvalue().count("\n"), "no line that is not ours"


@pytest.mark.parametrize("way", [way for way in WAYS if way != "progress"])
def test_on_a_terminal_with_colours_the_only_escapes_are_ours(
    way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    out = Terminal()
    WAYS[way](Say(Flags(), out, out), FORGED)
    said = out.getvalue().replace("\x1b[1m", "").replace("\x1b[0m", "")
    assert not obeyed(said)


@given(text=TEXTS)
def test_an_answer_in_json_has_nothing_to_obey(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    for flags in (Flags(json=True), Flags(jsonl=True)):
        out = io.StringIO()
        Say(flags, out, out).answer("thing", [{"name": text}], lambda: None)
        assert not obeyed(out.getvalue())
        assert out.getvalue().count("\n") == 1
        found = json.loads(out.getvalue())
        assert (found if flags.jsonl else found["data"][0])["name"] == text


def test_a_question_is_inert_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Terminal("y\n"))
    err = Terminal()
    Say(Flags(), io.StringIO(), err).sure(FORGED, "--yes", given=False)
    assert not obeyed(err.getvalue())
    with pytest.raises(Misconfigured):
        Say(Flags(no_input=True), io.StringIO(), err).sure(FORGED, "--yes", given=False)


@pytest.mark.parametrize("stream", [Terminal, io.StringIO])
def test_a_log_line_has_nothing_to_obey(
    stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    err = stream()
    monkeypatch.setattr("sys.stderr", err)
    before = structlog.get_config()
    try:
        logs.arrange(Flags(verbose=True))
        log = structlog.get_logger()
        try:
            raise ValueError(FORGED)
        except ValueError:
            log.exception(FORGED, said=FORGED, several=[FORGED], number=1)
    finally:
        structlog.configure(**before)
    said = err.getvalue()
    assert "paid" in said
    for ours in ("\x1b[0m", "\x1b[1m", "\x1b[2m"):
        said = said.replace(ours, "")
    colours = {f"\x1b[{number}m" for number in range(30, 48)}
    for ours in colours:
        said = said.replace(ours, "")
    assert not obeyed(said)
    assert not any(line.startswith("£9.00") for line in said.splitlines())


# --- tables ---

HEADS = ("money", "order", "record", "cause", "owner", "since", "what")
ROW = ("£1,234.50", "#1001", "4001", "unmapped-value", "operations", "12 min ago",
       "'Express by drone' is not in the value map 'delivery' of the office.")  # fmt: skip


def words(lines: list[str]) -> list[str]:
    return " ".join(lines).split()


@pytest.mark.parametrize("width", [60, 72, 80, 100, 132, 200])
def test_on_a_terminal_no_line_is_too_long_and_no_word_is_broken(width: int) -> None:
    lines = laid([HEADS, ROW, ROW], (0,), width)
    assert max(map(len, lines)) <= width
    for word in words([*ROW[:3], ROW[-1]]):
        assert sum(word in line.split() for line in lines) >= 2, word


def test_off_a_terminal_a_row_is_a_line() -> None:
    assert len(laid([HEADS, ROW, ROW], (0,))) == 3


def test_a_name_without_end_is_cut_and_pads_no_other_row() -> None:
    lines = laid([("order", "what"), ("#" * 10_000, "held"), ("#2", "held")])
    assert max(map(len, lines)) < 100
    assert lines[1].split()[0].endswith("…")


@given(st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=5), st.integers(20, 120))
def test_whatever_stands_in_the_cells_the_lines_keep_to_the_width(
    rows: list[tuple[str, str, str]], width: int
) -> None:
    cells = [[inert(cell) for cell in row] for row in rows]
    for line in laid(cells, (1,), width):
        assert "\n" not in line


def test_a_wide_letter_takes_two_places() -> None:
    lines = laid([("a", "b"), ("日本", "x"), ("abcd", "y")])
    assert lines[1:] == ["日本  x", "abcd  y"]
