"""What Shopify says beside the data: what a query cost, and which error of `errors.toml` it is."""

from __future__ import annotations

from typing import Final

import msgspec

from counterfoil.kit.api import faults
from counterfoil.kit.api.call import Call
from counterfoil.kit.api.graphql import Dialect, Price
from counterfoil.kit.formats import strict_json
from counterfoil.kit.formats.graphql import Body
from counterfoil.values.errors import CounterfoilError

FAULTS: Final = faults.load(__package__ or "")
_MOST_AT_ONCE = 1000.0  # points; Shopify refuses a dearer query whatever the plan
_OURS = frozenset(
    "BAD_REQUEST INVALID_FIELD_ARGUMENTS argumentLiteralsIncompatible argumentNotAccepted"
    " missingRequiredArguments undefinedField variableMismatch".split()
)
"""Codes that say that the query is wrong; a parse error has none."""


class _Level(msgspec.Struct, frozen=True, rename="camel"):
    currently_available: float
    maximum_available: float
    restore_rate: float


class _Cost(msgspec.Struct, frozen=True, rename="camel"):
    requested_query_cost: float
    throttle_status: _Level
    actual_query_cost: float | None = None


def _cost(body: Body) -> _Cost | None:
    cost = body.extensions.get("cost")
    # JSON numbers with a fraction arrive as text, so that no amount is ever a float.
    return None if cost is None else strict_json.convert(cost, _Cost, what="The cost", lax=True)


def price_of(body: Body) -> Price | None:
    """What the query cost, where Shopify says it. Raises `Refuse` where it has another shape."""
    cost = _cost(body)
    if cost is None:
        return None
    available = cost.throttle_status.currently_available
    return Price(cost.requested_query_cost, cost.actual_query_cost or 0.0, available)


def fault_of(body: Body, call: Call) -> CounterfoilError | None:
    """The error that a body states, or None. Of several the first that stops us counts."""
    if not body.errors:
        return None
    complaint = body.errors[0]
    code, quoted = complaint.code, complaint.message[:200]
    if code == "THROTTLED":
        return FAULTS.error(FAULTS.codes[code], call, _refill_s(_cost(body)))
    fault = FAULTS.codes.get(code) or FAULTS.codes[_unlisted(code, quoted)]
    scope = complaint.extensions.get("requiredAccess") or "the scope that the field needs"
    return FAULTS.error(fault, call, quoted=quoted, code=code, scope=scope)


def _unlisted(code: str, said: str) -> str:
    if "cursor" in said.lower():
        return "bad-cursor"
    return "bad-query" if not code or code in _OURS else "unknown"


def _refill_s(cost: _Cost | None) -> float:
    """Seconds until the bucket holds what the query wants."""
    if cost is None or cost.throttle_status.restore_rate <= 0:
        return FAULTS.wait_s
    missing = cost.requested_query_cost - cost.throttle_status.currently_available
    return min(FAULTS.wait_most_s, max(0.1, missing / cost.throttle_status.restore_rate))


DIALECT: Final = Dialect(price_of, fault_of, _MOST_AT_ONCE)
