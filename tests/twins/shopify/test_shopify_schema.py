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
    is_abstract_type,
    is_leaf_type,
    is_required_argument,
    is_specified_scalar_type,
    print_ast,
)
from shopify_calls import RICH, World

from counterfoil.twins.kit.sale import life
from counterfoil.twins.shopify.schema import SCHEMA as SERVED
from counterfoil.twins.shopify.schema import TWOFOLD
from counterfoil.twins.shopify.shapes import FIELDS, bodies

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


# Deprecated, and without an heir that an app without a scope for fulfilment orders can read, or
# that both versions have.
WITHOUT_HEIR = {
    "LineItem.fulfillmentService",
    *(f"CustomerPhoneNumber.marketing{name}"
      for name in ("CollectedFrom", "OptInLevel", "State", "UpdatedAt")),
}  # fmt: skip


def test_no_field_that_is_served_is_deprecated(vendor: GraphQLSchema) -> None:
    theirs = {
        f"{name}.{field}": found.deprecation_reason
        for name in OURS
        for field, found in getattr(vendor.type_map[name], "fields", {}).items()
    }
    assert {key for key in _fields(SCHEMA) if theirs[key]} == WITHOUT_HEIR


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


PLAIN = {
    "AdditionalFee", "ApiVersion", "Attribute", "BulkOperation", "BulkOperationRunQueryPayload",
    "BulkOperationUserError", "Count", "FulfillmentCancelPayload", "FulfillmentCreatePayload",
    "FulfillmentTrackingInfoUpdatePayload", "Shop", "UserError", "WebhookSubscription",
    "WebhookSubscriptionCreatePayload", "WebhookSubscriptionDeletePayload", "InventoryItem",
    "InventoryItemMeasurement", "InventoryAdjustmentGroup", "InventoryChange", "InventoryLevel",
    "InventoryQuantity", "InventorySetQuantitiesPayload", "InventorySetQuantitiesUserError",
    "ProductSetPayload", "ProductSetUserError",
    "ProductVariantsBulkCreatePayload", "ProductVariantsBulkCreateUserError",
    "ProductVariantsBulkUpdatePayload", "ProductVariantsBulkUpdateUserError", "SelectedOption",
    "ShopifyPaymentsAccount", "ShopifyPaymentsAssociatedOrder", "ShopifyPaymentsBalanceTransaction",
    "ShopifyPaymentsBalanceTransactionAssociatedPayout", "ShopifyPaymentsPayout", "Weight",
}  # fmt: skip
"""What is made as a plain mapping, with members of the schema's names."""


def test_every_field_of_the_schema_has_an_answer() -> None:
    roots = {"QueryRoot", "Mutation"}
    shaped = {"PageInfo"} | {name for name in OURS if name.endswith(("Connection", "Edge"))}
    objects = {name for name, kind in OURS.items() if isinstance(kind, GraphQLObjectType)}
    assert objects - roots - shaped == set(FIELDS) | PLAIN
    for name, members in FIELDS.items():
        told = set(_members(name))
        # A line of a sale does not tell all that the catalogue knows of what was sold.
        assert set(members) <= told if name in TWOFOLD else set(members) == told, name


@pytest.mark.parametrize(
    ("shape", "name", "besides"),
    [
        ("shop", "Shop", set[str]()),
        ("subscription", "WebhookSubscription", set[str]()),
        ("version", "ApiVersion", set[str]()),
        ("operation", "BulkOperation", {"fileSize", "url"}),
    ],
)
def test_a_plain_mapping_has_every_member(shape: str, name: str, besides: set[str]) -> None:
    assert set(bodies(0).members(shape)) | besides == set(_members(name))


async def test_every_field_of_an_order_can_be_read(world: World) -> None:
    (number,) = world.place(RICH)
    for change in (life.refunded({0: 1}, shipping_minor=100), life.sent()):
        assert world.twin.trade.change(number, change)
    for name in _members("Order"):
        query = f"{{ orders(first: 1) {{ nodes {{ {_whole('Order', name, 3)} }} }} }}"
        data = await world.data(query)
        assert len(data["orders"]["nodes"][0]) == 1, name
        world.clock.passed_s += 10


def _whole(owner: str, name: str, depth: int) -> str:
    """A field with all that is below it."""
    field = _members(owner)[name]
    kind = SCHEMA.type_map[str(field.type).strip("[]!")]
    if is_leaf_type(kind):
        return name
    arguments = "(first: 2)" if "first" in field.args else ""
    if kind.name.endswith("Connection"):
        item = str(_members(kind.name)["nodes"].type).strip("[]!")
        return f"{name}{arguments} {{ nodes {_below(item, depth - 1)} }}"
    return f"{name}{arguments} {_below(kind.name, depth - 1)}"


def _below(name: str, depth: int) -> str:
    kind = SCHEMA.type_map[name]
    kinds = SCHEMA.get_possible_types(kind) if is_abstract_type(kind) else ()
    parts = [f"... on {each.name} {_below(each.name, depth)}" for each in kinds]
    for field, found in _members(name).items() if not kinds else ():
        if depth or is_leaf_type(SCHEMA.type_map[str(found.type).strip("[]!")]):
            parts.append(_whole(name, field, depth))
    return f"{{ __typename {' '.join(parts)} }}"


def _members(name: str) -> dict[str, Any]:
    return getattr(SCHEMA.type_map[name], "fields", {})


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
