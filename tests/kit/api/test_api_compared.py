"""One table: what is sent is compared or named, and what is seen is read as it was expected."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from counterfoil.kit.api import faults, readback, settings
from counterfoil.kit.api.compared import ByCode, Forms, Member, Shown
from counterfoil.kit.api.heads import HeadsAndRows
from counterfoil.kit.connector import Opening
from counterfoil.kit.contract import StoppedClock
from counterfoil.kit.manifest import Manifest, Setting
from counterfoil.mapping.convert import same, trimmed
from counterfoil.mapping.field import Const, Field
from counterfoil.mapping.unit_price import json_number
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.values.errors import Misconfigured

SHOWN = (
    Shown("reference", "code", "ref", readback.text),
    Shown("total", "money", "sum"),
    Shown("note", "person", "note"),
    Shown("status", None, "state"),
)
ROWS = ByCode(
    "rows",
    "code",
    (
        Shown("pieces", "pieces", "qty"),
        Shown("gross", "money", "sum"),
        Shown("place", "code", "place"),
    ),
)
KINDS = {**{one.name: one.kind for one in SHOWN if one.kind}, **ROWS.kinds, "codes": "pieces"}


class Parts(msgspec.Struct, frozen=True):
    """What the table reads."""

    key: str
    note: str
    total: int
    paid: bool = False


FORMS: Forms[Parts] = Forms(
    "acme",
    [
        Member("reference", Field("head.ref", "key", same)),
        Member("total", Field("head.sum", "total", json_number), reckoned=True),
        Member("note", Field("note", "note", trimmed), lambda parts: parts.note != ""),
        Member("paid", Const("paid", True), lambda parts: parts.paid),
    ],
    KINDS,
    reckoned=[Field("total", "total", same)],
    below=[Member("rows.number", Const("number", 1)), Member("rows.gross", Const("sum", 1))],
)


def test_a_compared_name_with_a_dot_is_refused_before_anything_is_sent() -> None:
    member = Member[Parts]("ship_to.city", Field("shipTo.city", "note", same))
    with pytest.raises(Misconfigured, match=r"'ship_to.city' is compared, and its name has a dot"):
        Forms("acme", [member], {"ship_to.city": "person"})
    assert Forms("acme", [member], {}).of(Parts("R1", "a", 1)).not_compared == ("ship_to.city",)


def test_a_member_is_sent_when_it_is_to_be_and_compared_or_named() -> None:
    parts = Parts("R1", " a ", 1250, paid=True)
    form = FORMS.of(parts)
    sent = form.payload.run(parts, "GBP")
    assert msgspec.json.encode(sent) == b'{"head":{"ref":"R1","sum":12.50},"note":"a","paid":true}'
    assert form.expected(sent, parts, "GBP") == {"reference": "R1", "note": "a", "total": 1250}
    assert form.not_compared == ("rows.number", "paid")
    bare = FORMS.of(Parts("R2", "", 1))
    assert bare.payload.run(Parts("R2", "", 1), "GBP").keys() == {"head"}
    assert bare.not_compared == ("rows.number",)
    assert FORMS.of(Parts("R3", "", 2)) is bare, "documents of one shape have one form"


def test_what_was_sent_blank_is_not_expected() -> None:
    parts = Parts("R1", "  ", 1)
    form = FORMS.of(parts)
    assert "note" not in form.expected(form.payload.run(parts, "GBP"), parts, "GBP")


def test_rows_of_one_code_are_compared_together() -> None:
    expected: dict[str, Any] = {}
    ROWS.expect(expected, {"A[1]": (3, 300)}, ("7",))
    ROWS.expect(expected, {"B": (1, 50)})
    ROWS.expect(expected, {})
    assert expected == {
        "rows[A(1)].pieces": 3, "rows[A(1)].gross": 300, "rows[A(1)].place": "7",
        "rows[B].pieces": 1, "rows[B].gross": 50,
    }  # fmt: skip
    rows = [{"code": "A[1] ", "qty": one, "sum": "1.50", "place": "7"} for one in (1, 2)]
    assert ROWS.seen([*rows, {"code": "B", "qty": 1, "sum": "0.50"}], "GBP") == (expected, 2)
    split = [rows[0], {**rows[1], "place": "8"}]
    assert ROWS.seen(split, "GBP")[0]["rows[A(1)].place"] == "7, 8"
    assert (ROWS.unseen([]), ROWS.unseen([{"qty": 1, "sum": 1}])) == (set(), {"rows.place"})


@pytest.mark.parametrize("values", [(3,), (3, 300, "7", "8")])
def test_no_code_has_more_values_than_another_or_than_there_are_fields(values: Any) -> None:
    with pytest.raises(ValueError, match="to unpack"):
        ROWS.expect({}, {"A": (3, 300), "B": values})
    with pytest.raises(ValueError, match="to unpack"):
        ROWS.expect({}, {"A": values, "B": (3, 300)})


def test_names_are_made_once_and_not_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("counterfoil.kit.api.compared._REMEMBERED", 2)
    rows = ByCode("rows", "code", (Shown("pieces", "pieces", "qty"),))
    for code in "ABCA":
        expected: dict[str, Any] = {}
        rows.expect(expected, {code: (1,)})
        assert expected == {f"rows[{code}].pieces": 1}


PLACES = ("id", "number", "ref", "row", "currency")
SEEN = HeadsAndRows(PLACES, SHOWN, ROWS, "codes")


def head(**changed: Any) -> dict[str, Any]:
    given = {"id": 1, "number": "N1", "ref": "R1 ", "sum": "12.50", "note": None, "currency": 2}
    return given | changed


def test_heads_and_rows_make_documents_and_what_a_join_repeated_counts_once() -> None:
    row = {"id": 1, "row": 5, "code": "A", "qty": 2, "sum": "12.50", "place": 3}
    heads = [head(), head(), head(id=2, ref="else"), head(id=3, currency=None, sum=7)]
    seen = SEEN.seen(heads, [row, row], {"R1"}, {"JPY": 1, "GBP": 2})
    assert list(seen) == ["R1"]
    first, second = seen["R1"]
    assert (first.identity, first.number, first.unseen) == ("1", "N1", {"status"})
    assert first.fields == {
        "reference": "R1", "total": 1250, "note": "", "rows[A].pieces": 2, "rows[A].gross": 1250,
        "rows[A].place": 3, "codes": 1,
    }  # fmt: skip
    assert (second.fields["total"], second.fields["codes"]) == (7, 0), "in the first currency"


# --- from files ---


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / f"acme_{tmp_path.name}"  # a name is imported once
    folder.mkdir()
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    return folder


def test_the_columns_of_a_query_are_those_of_its_file(package: Path) -> None:
    sql = "-- CF v3: sums.\n-- seen as such\nselect a as id, -- ?\n b as sum, -- ? v3\n"
    sql += " c as note -- ? v2\n"
    (package / "cf.sql").write_text(sql)
    columns = readback.columns(package.name, "cf.sql", "report")
    assert columns == readback.Columns("report", "CF", ("id", "note"), ("sum",), "v3")
    (package / "cf.sql").write_text("select 1 as id")
    with pytest.raises(AssertionError, match="name and version"):
        readback.columns(package.name, "cf.sql", "report")


def test_a_table_of_faults_can_be_a_file_and_has_no_other_words(package: Path) -> None:
    text = 'wait_s = 2\n[statuses.400]\nkind = "hold"\nsaid = "No."\n'
    (package / "errors.toml").write_text(text + 'written = { kind = "refuse", said = "Never." }\n')
    table = faults.load(package.name)
    assert (table.wait_s, table.statuses[400].kind) == (2.0, "hold")
    assert table.statuses[400].written == faults.Fault("refuse", "Never.")
    (package / "errors.toml").write_text(text + 'advice = "Ask."\n')
    with pytest.raises(msgspec.ValidationError, match="advice"):
        faults.load(package.name)


MAPS = {"words": ValueMap("words", {"a": "x"}), "ids": ValueMap("ids", {"a": "7"})}


def opening(given: Mapping[str, Any]) -> Opening:
    nothing: Any = None
    return Opening("acme", given, str, nothing, StoppedClock(), MAPS)


def test_the_manifest_says_which_settings_name_value_maps_and_to_what() -> None:
    declared = {
        "size": Setting("a", "ours", 1),
        "any": Setting("a", "ours", "", maps="words"),
        "number": Setting("a", "ours", "", maps="ids", maps_to="method", maps_do="Look."),
        "code": Setting("a", "ours", "", maps="texts", maps_to="code", maps_do="Ask."),
    }
    manifest = Manifest("acme", "Acme", "1", "sketched", "a test", (), {}, {}, {}, declared)
    good = {"size": 1, "any": "words", "number": "ids", "code": ""}
    assert settings.value_maps(opening(good), manifest) == {
        "any": MAPS["words"], "number": MAPS["ids"], "code": None,
    }  # fmt: skip
    for name, wrong in (("any", "none"), ("number", "words"), ("code", "none")):
        with pytest.raises(Misconfigured):
            settings.value_maps(opening({**good, name: wrong}), manifest)
