"""The envelope of GraphQL: an answer arrives, a refusal is told, a node keeps its bytes."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as some

from counterfoil.kit.formats import graphql, strict_json
from counterfoil.values.errors import Refuse

_VALUES = some.recursive(
    some.none() | some.booleans() | some.integers(-(2**63), 2**63) | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=8,
)


def answer(nodes: list[object], **beside: object) -> bytes:
    """An answer whose connection `orders` has these nodes."""
    return msgspec.json.encode({"data": {**beside, "orders": {"nodes": nodes, "pageInfo": {}}}})


@given(some.lists(some.dictionaries(some.text(), _VALUES, max_size=4), max_size=5))
def test_the_bytes_of_each_node_read_as_the_node_itself(nodes: list[object]) -> None:
    body = graphql.parse(answer(nodes, count=3))
    assert [strict_json.parse(source) for source in body.nodes("orders")] == nodes
    assert body.data is not None
    assert body.data["orders"]["nodes"] == nodes


def test_a_node_keeps_the_very_bytes_that_were_sent() -> None:
    sent = b'{"data": {"orders": {"nodes": [ {"a" :  1.50, "b":"\\u00e9"} , {} ]}}}'
    assert graphql.parse(sent).nodes("orders") == [b'{"a" :  1.50, "b":"\\u00e9"}', b"{}"]


def test_an_error_has_the_vendor_s_code_or_none() -> None:
    sent = b'{"errors": [{"message": "no", "extensions": {"code": "THROTTLED"}}, {}]}'
    coded, bare = graphql.parse(sent).errors
    assert (coded.code, coded.message) == ("THROTTLED", "no")
    assert (bare.code, bare.message) == ("", "")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"<html>", "bad-json"),
        (b"[]", "bad-shape"),
        (b'{"errors": {}}', "bad-shape"),
        (b'{"error": "internal"}', "bad-shape"),
        (b'{"data": null, "errors": []}', "bad-shape"),
    ],
)
def test_what_is_no_envelope_is_refused(sent: bytes, code: str) -> None:
    with pytest.raises(Refuse) as caught:
        graphql.parse(sent)
    assert caught.value.code == code


FILE = """\
# What is asked.
query Rows($first: Int!) {
  rows(first: $first) { ...Row ... on Other { id } }
}

query Found($word: String!) {
  rows(query: $word) { ...Row }
}

fragment Row on Row {
  id
  price { ...Money }
  tax { ...Money }
}

fragment Money on Money {
  amount
}

fragment Unused on Row {
  name
}
"""


@pytest.fixture
def documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> graphql.Documents:
    folder = tmp_path / "asked_of_rows"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "rows.graphql").write_text(FILE)
    monkeypatch.syspath_prepend(tmp_path)
    return graphql.Documents("asked_of_rows")


def test_an_operation_has_the_fragments_that_it_needs_once(documents: graphql.Documents) -> None:
    assert list(documents) == ["Rows", "Found"]
    text = documents["Rows"]
    assert text.startswith("query Rows($first: Int!) {\n  rows(first: $first) {")
    assert text.count("fragment Row on Row {") == 1
    assert text.count("fragment Money on Money {") == 1
    assert "Unused" not in text


def test_several_are_asked_for_by_their_identities(documents: graphql.Documents) -> None:
    text = documents.several("row", 2, "Row", first="Int!")
    assert text.startswith(
        "query Several($first: Int!, $k0: ID!, $k1: ID!) {\n"
        "  ok0: row(id: $k0) { ...Row }\n  ok1: row(id: $k1) { ...Row }\n}\n"
    )
    assert text.count("fragment Money on Money {") == 1
    assert documents.several("row", 1, "Row").startswith("query Several($k0: ID!) {")


def test_a_literal_document_is_written_out_with_its_values(documents: graphql.Documents) -> None:
    text = documents.literal("Found", word='a" b\\')
    assert " ".join(text.split()) == (
        r'{ rows(query: "a\" b\\") { id price { amount } tax { amount } } }'
    )


def test_rows_in_edges_are_nodes_as_well() -> None:
    row = {"id": 1, "rows": {"edges": [{"node": {"id": 2}}]}, "parts": {"nodes": []}, "none": 3}
    assert graphql.with_nodes(row, "rows", "parts", "none", "absent") == {
        **row,
        "rows": {"nodes": [{"id": 2}]},
    }
