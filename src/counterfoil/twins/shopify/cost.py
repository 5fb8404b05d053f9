"""What a query costs, and the bucket that it is paid from.

The rules that the vendor publishes (shopify.dev, GraphQL Admin rate limits): a scalar is free, an
object costs 1, a mutation 10, a connection is sized by `first`. How it is sized is not published.
The formula here gives exactly the costs that Microsoft's connector notes on its queries
(BCApps; pages of 1, 10, 25, 100, 150 and 200): a connection costs 2, and each item's cost counts
2 ln(first) times, rounded down, at least once; money, page information and the direct content of
a mutation's payload are free. How the actual cost is reckoned is not published either: here the
same formula takes the items that really came.
"""

from __future__ import annotations

import math
from typing import Final

from counterfoil.twins.kit.graphql.problem import Json, Refused
from counterfoil.twins.kit.graphql.selection import Selected
from counterfoil.twins.kit.limits import Bucket

HIGHEST: Final = 1000
"""Points that one query may cost, whatever the bucket holds."""

LIMITS: Final = "https://shopify.dev/api/usage/rate-limits"
"""Where a refusal for cost sends its reader."""

_FREE: Final = {"MoneyBag", "MoneyV2", "PageInfo"}
_MUTATION: Final = 10
_CONNECTION: Final = 2


def requested(roots: tuple[Selected, ...]) -> int:
    """The cost that is reserved before a query runs."""
    return sum(_cost(root, actual=False) for root in roots)


def actual(roots: tuple[Selected, ...]) -> int:
    """The cost of what was really read, after the answer was made."""
    return sum(_cost(root, actual=True) for root in roots)


def scale(items: int) -> int:
    """How many times one item's cost counts on a page of so many."""
    return max(1, math.floor(2 * math.log(items))) if items > 0 else 0


def _cost(node: Selected, *, actual: bool) -> int:
    if node.leaf:
        return 0
    if node.owner == "Mutation":
        return _MUTATION + sum(_below(child, actual=actual) for child in node.children)
    if node.connection:
        size = node.most if actual else int(node.arguments.get("first") or 0)
        item = sum(1 + _below(child, actual=actual) for child in node.node())
        return _CONNECTION + scale(size) * item
    return (node.returns not in _FREE) + _below(node, actual=actual)


def _below(node: Selected, *, actual: bool) -> int:
    return sum(_cost(child, actual=actual) for child in node.children)


def too_dear(cost: int) -> Refused:
    """The refusal of a query that costs more than one query may."""
    return Refused(
        f"Query cost is {cost}, which exceeds the single query max cost limit ({HIGHEST}).",
        code="MAX_COST_EXCEEDED",
        cost=cost,
        maxCost=HIGHEST,
        documentation=LIMITS,
    )


def extensions(cost: int, used: int | None, bucket: Bucket) -> Json:
    """What every answer says about its price; `used` is None where nothing ran."""
    return {
        "cost": {
            "requestedQueryCost": cost,
            "actualQueryCost": used,
            "throttleStatus": {
                "maximumAvailable": float(bucket.size),
                "currentlyAvailable": math.floor(bucket.level),
                "restoreRate": float(bucket.per_s),
            },
        }
    }
