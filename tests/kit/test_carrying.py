"""The rule that nothing is left behind in silence tries each member of a document, and bites."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal

import msgspec
import pytest

from counterfoil.kit.contract.carrying import Member, members
from tests.connectors.full_order import full


class Row(msgspec.Struct, frozen=True):
    word: Literal["a", "b", "c"]
    pieces: Decimal | None = None


class Place(msgspec.Struct, frozen=True):
    country: str = ""
    kind: Literal["", "home"] = ""
    main: bool = False


class Document(msgspec.Struct, frozen=True):
    key: str
    minor: int = 0
    rows: tuple[Row, ...] = ()
    place: Place = Place()
    labels: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    gone: bool = False


def tried(document: msgspec.Struct) -> Mapping[str, Member]:
    return {member.path: member for member in members(document)}


def others(found: Mapping[str, Member], path: str) -> list[Any]:
    return [*found[path].others]


def test_each_member_is_made_another() -> None:
    document = Document("7", rows=(Row("b", Decimal(2)), Row("a")))
    found = tried(document)
    assert [*found] == [
        *("key", "minor", "rows.word", "rows.pieces"),
        *("place.country", "place.kind", "place.main", "labels", "pairs", "gone"),
    ]
    assert [other.key for other in others(found, "key")] == ["79", "2031-02-03T04:05:06Z"]
    assert [other.rows[0].word for other in others(found, "rows.word")] == ["a", "c"]
    assert {other.rows[1] for other in others(found, "rows.word")} == {Row("a")}
    assert [other.rows[0].pieces for other in others(found, "rows.pieces")] == [3]
    assert [other.pairs for other in others(found, "pairs")] == [(("9", "9"),)]
    assert [name for name, member in found.items() if member.choice] == ["rows.word", "place.kind"]
    for path, member in found.items():
        assert member.document not in member.others, path


def test_what_is_empty_is_filled_first() -> None:
    found = tried(Document("7"))
    before: Any = found["rows.pieces"].document
    assert before.rows == (Row("a", Decimal(1)),)
    assert found["place.main"].document == Document("7", place=Place("FR"))
    assert [other.place.country for other in others(found, "place.country")] == ["IE"]


@pytest.mark.parametrize("member", [*members(full())], ids=lambda member: member.path)
def test_the_full_order_has_something_everywhere(member: Member) -> None:
    value: Any = full()
    for name in member.path.split("."):
        value = getattr(value[0] if isinstance(value, tuple) else value, name)
    # A tax that nobody else collects and a line that is not sent have nothing there.
    collected = member.path.endswith(".taxes.collected_by")
    assert collected or member.path == "lines.ships" or value not in ("", 0, (), False)
