"""OData: no value breaks out of its quotes, and both forms of an error are understood."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.kit.formats import graphql, odata
from counterfoil.values.clock import instant
from counterfoil.values.errors import Halt, Refuse


def test_values_are_written_as_a_filter_takes_them() -> None:
    at = instant("2026-11-02T10:00:00+01:00")
    assert odata.compares("No", "eq", "O'Neill") == "No eq 'O''Neill'"
    assert odata.compares("lastModified", "ge", at) == "lastModified ge 2026-11-02T09:00:00Z"
    assert odata.any_of("Id", [1, True, None]) == "Id eq 1 or Id eq true or Id eq null"
    assert odata.both("a eq 1", odata.any_of("b", [1, 2])) == "(a eq 1) and (b eq 1 or b eq 2)"
    assert odata.compares("Address/City", "ne", "") == "Address/City ne ''"


@given(st.text(max_size=20))
def test_a_text_never_leaves_its_quotes(value: str) -> None:
    written = odata.literal(value)
    assert re.fullmatch(r"'(?:[^']|'')*'", written, re.DOTALL)
    assert written[1:-1].replace("''", "'") == value


@pytest.mark.parametrize("field", ["", "a b", "a'", "a eq 1 or b", "a/", "a\n"])
def test_a_field_is_a_plain_path(field: str) -> None:
    with pytest.raises(Halt):
        odata.compares(field, "eq", 1)
    with pytest.raises(Halt):
        odata.compares("a", "is", 1)


def test_a_page_has_rows_and_where_the_next_one_is() -> None:
    page = odata.rows(b'{"@odata.count":3,"value":[{"No":"A"}],"@odata.nextLink":"https://x/n"}')
    assert (page.value, page.next, page.count) == ([{"No": "A"}], "https://x/n", 3)
    assert odata.rows(b'{"value":[]}') == odata.Rows([])
    with pytest.raises(Refuse):
        odata.rows(b'{"error":{}}')


def test_an_error_is_told_in_either_form() -> None:
    new = b'{"error":{"code":"Internal_X","message":"The record is locked."}}'
    old = b'{"error":{"code":-2035,"message":{"lang":"en-us","value":"Already exists"}}}'
    assert odata.error(new) == odata.Error("Internal_X", "The record is locked.")
    assert odata.error(old) == odata.Error("-2035", "Already exists")
    for body in (b"", b"<html>", b"{}", b'{"error":"no"}', b'{"error":{"code":"x"}}'):
        assert odata.error(body) is None


def test_a_graphql_envelope_is_read_with_what_it_complains_of() -> None:
    body = graphql.parse(
        b'{"data":{"a":1},"errors":[{"message":"No","extensions":{"code":"DENIED"}},{"message":"?"}]'
        b',"extensions":{"cost":{"left":1.5}}}'
    )
    assert [one.code for one in body.errors] == ["DENIED", ""]
    assert (body.data, body.extensions) == ({"a": 1}, {"cost": {"left": "1.5"}})
    assert graphql.encode("query { a }", {"n": 1}) == b'{"query":"query { a }","variables":{"n":1}}'
    for wrong in (b"[]", b'{"data":[]}', b'{"errors":{}}', b"<html>", b'{"data":{},"data":{}}'):
        with pytest.raises(Refuse):
            graphql.parse(wrong)
