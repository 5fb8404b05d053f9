"""The twin's schema is a true subset of the vendor's: what passes here passes there."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from graphql import (
    GraphQLObjectType,
    GraphQLSchema,
    build_client_schema,
    is_required_argument,
    is_specified_scalar_type,
    print_ast,
)

from counterfoil.twins.shopify.fields import FIELDS
from counterfoil.twins.shopify.schema import SCHEMA as SERVED

SCHEMA = SERVED.types
SPECS = Path(__file__).resolve().parents[4] / "shared" / "specs" / "shopify"
OURS = {
    name: kind
    for name, kind in SCHEMA.type_map.items()
    if not name.startswith("__") and not is_specified_scalar_type(kind)
}


@pytest.fixture(scope="module", params=["2026-07", "2026-10"])
def vendor(request: pytest.FixtureRequest) -> GraphQLSchema:
    file = SPECS / f"admin_{request.param}.introspection.json.gz"
    if not file.exists():
        pytest.skip("the vendor's schema is not beside this checkout")
    document = json.loads(gzip.decompress(file.read_bytes()))
    return build_client_schema(document["data"], assume_valid=True)


def test_every_type_is_the_vendors_and_of_the_same_kind(vendor: GraphQLSchema) -> None:
    kinds = {name: type(kind) for name, kind in OURS.items()}
    assert kinds == {name: type(vendor.type_map.get(name)) for name in kinds}


def test_every_field_has_the_vendors_type_and_null_where_the_vendor_has_it(
    vendor: GraphQLSchema,
) -> None:
    assert _fields(SCHEMA) == {
        key: text for key, text in _fields(vendor).items() if key in _fields(SCHEMA)
    }


# Deprecated, and without an heir that an app without a scope for fulfilment orders can read.
WITHOUT_HEIR = ["LineItem.fulfillmentService"]


def test_no_field_that_is_served_is_deprecated(vendor: GraphQLSchema) -> None:
    theirs = {
        f"{name}.{field}": found.deprecation_reason
        for name in OURS
        for field, found in getattr(vendor.type_map[name], "fields", {}).items()
    }
    assert [key for key in _fields(SCHEMA) if theirs[key]] == WITHOUT_HEIR


def test_every_argument_has_the_vendors_type_and_default(vendor: GraphQLSchema) -> None:
    ours, theirs = _arguments(SCHEMA), _arguments(vendor)
    assert ours == {key: theirs.get(key) for key in ours}


def test_no_argument_that_the_vendor_demands_is_missing(vendor: GraphQLSchema) -> None:
    demanded = {
        f"{name}.{field}({argument})"
        for name, kind in OURS.items()
        for field in getattr(kind, "fields", {})
        for argument, found in _args(vendor.type_map[name], field).items()
        if is_required_argument(found)
    }
    assert demanded <= set(_arguments(SCHEMA))


def test_every_enum_value_is_the_vendors(vendor: GraphQLSchema) -> None:
    unknown = {
        f"{name}.{value}"
        for name, kind in OURS.items()
        for value in getattr(kind, "values", {})
        if value not in vendor.type_map[name].values  # type: ignore[attr-defined]
    }
    assert unknown == set()


def test_every_interface_is_one_that_the_vendors_type_has(vendor: GraphQLSchema) -> None:
    for name, kind in OURS.items():
        if isinstance(kind, GraphQLObjectType):
            theirs = vendor.type_map[name]
            assert isinstance(theirs, GraphQLObjectType)
            assert {one.name for one in kind.interfaces} <= {one.name for one in theirs.interfaces}


def test_the_idempotency_directive_is_the_vendors(vendor: GraphQLSchema) -> None:
    ours, theirs = SCHEMA.get_directive("idempotent"), vendor.get_directive("idempotent")
    assert ours is not None
    assert theirs is not None
    assert ours.locations == theirs.locations
    assert {n: str(a.type) for n, a in ours.args.items()} == {
        n: str(a.type) for n, a in theirs.args.items()
    }


def test_every_field_of_the_schema_has_an_answer() -> None:
    roots = {"QueryRoot", "Mutation"}
    shaped = {"PageInfo"} | {name for name in OURS if name.endswith(("Connection", "Edge"))}
    for name, kind in OURS.items():
        if isinstance(kind, GraphQLObjectType) and name not in roots | shaped:
            assert set(kind.fields) == set(FIELDS[name]), name


def _fields(schema: GraphQLSchema) -> dict[str, str]:
    return {
        f"{name}.{field}": str(found.type)
        for name in OURS
        for field, found in getattr(schema.type_map[name], "fields", {}).items()
    }


def _arguments(schema: GraphQLSchema) -> dict[str, tuple[str, str]]:
    return {
        f"{name}.{field}({argument})": (str(found.type), _default(found))
        for name in OURS
        for field in getattr(schema.type_map[name], "fields", {})
        for argument, found in _args(schema.type_map[name], field).items()
    }


def _args(kind: Any, field: str) -> dict[str, Any]:
    found = getattr(kind, "fields", {}).get(field)
    return getattr(found, "args", {}) if found else {}


def _default(argument: Any) -> str:
    given = argument.default
    return "" if given is None else print_ast(given.literal)
