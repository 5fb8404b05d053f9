"""What Shopify's answers mean: its codes and statuses in our kinds of error, in one table.

HTTP 200 proves nothing here: being throttled, refused or wrong all arrive as 200.
Sources, at shopify.dev/docs: api/usage/response-codes, apps/build/apis/graphql-admin/rate-limits.
"""

from __future__ import annotations

from typing import Final

import msgspec

from counterfoil.kit.api.call import Call
from counterfoil.kit.api.faults import Fault, Faults
from counterfoil.kit.formats import graphql, strict_json
from counterfoil.kit.formats.graphql import Body
from counterfoil.kit.transport import Answer
from counterfoil.values.errors import CounterfoilError, Refuse, Retry

_BLIP_S = 2.0
_SECURITY_S = 600.0
_LONGEST_WAIT_S = 120.0  # no honest Retry-After or refill is longer
_KEEPERS = "Read the answer in the evidence and tell the connector's keepers."


def _closed(status: int, said: str, do: str) -> Fault:
    return Fault("misconfigured", f"{{where}} {said}.", do, f"http-{status}")


FAULTS: Final = Faults(
    statuses={
        401: Fault(
            "sign-in",
            "{where} does not accept the access token.",
            "Check access_token, or client_id and client_secret, of this connection.",
        ),
        402: _closed(
            402, "is frozen for want of payment", "The shop's owner must settle it with Shopify."
        ),
        403: _closed(
            403, "forbids this call", "Check that the app is installed and has its scopes."
        ),
        404: _closed(
            404, "is not a shop that exists", "Check the shop's address in this connection."
        ),
        423: _closed(423, "is locked", "The shop's owner must ask Shopify why."),
        429: Fault("retry", "{where} answered 429.", code="http-{status}"),
        430: Fault(
            "retry",
            "{where} turned us away for its security.",
            code="http-430",
            after_s=_SECURITY_S,
        ),
    },
    failed=Fault("doubtful", "{where} answered {status}", code="http-{status}"),
    wait_s=_BLIP_S,
    wait_most_s=_LONGEST_WAIT_S,
)
_THROTTLED = Fault("retry", "{where} asks us to slow down.", code="throttled")
_CURSOR = Fault(
    "retry",
    "{where} no longer knows the place in the listing: {quoted}",
    "The listing starts again from its mark.",
    "cursor-expired",
    0.0,
)
_QUERY = Fault(
    "halt",
    "{where} does not understand our query: {quoted}",
    "This is a fault of the connector; tell its keepers.",
    "bad-query",
)
_UNKNOWN = Fault(
    "hold",
    "{where} answered {code!r}, which this connector does not know: {quoted}",
    _KEEPERS,
    "unknown-code",
)
_COMPLAINTS: Final = {
    "INTERNAL_SERVER_ERROR": Fault(
        "retry", "{where} had an error of its own.", code="internal-error"
    ),
    "ACCESS_DENIED": Fault(
        "misconfigured",
        "{where} denies access: {quoted}",
        "Give the app {scope}, and approval for protected customer data.",
        "access-denied",
    ),
    "SHOP_INACTIVE": Fault(
        "misconfigured",
        "{where} is not active.",
        "The shop's owner must open it again.",
        "shop-inactive",
    ),
    "MAX_COST_EXCEEDED": Fault(
        "refuse",
        "{where} says that the query costs too much: {quoted}",
        "Ask for fewer orders a page (orders_per_page) or lines (lines_per_order).",
        "max-cost",
    ),
}
_OURS = frozenset(
    "BAD_REQUEST INVALID_FIELD_ARGUMENTS argumentLiteralsIncompatible argumentNotAccepted"
    " missingRequiredArguments undefinedField variableMismatch".split()
)


class Level(msgspec.Struct, frozen=True, rename="camel"):
    """The bucket as Shopify sees it."""

    maximum_available: float
    currently_available: float
    restore_rate: float


class Cost(msgspec.Struct, frozen=True, rename="camel"):
    """What one query reserved, what it really took, and what is left."""

    requested_query_cost: float
    throttle_status: Level
    actual_query_cost: float | None = None


def body_of(answer: Answer, call: Call) -> Body:
    """The GraphQL body of an answer of status 200.

    Raises `Retry` where the body is not JSON (a maintenance page; a read has changed nothing),
    `Refuse` where it is JSON of another shape.
    """
    try:
        return graphql.parse(answer.body, what=f"{call.where}'s answer")
    except Refuse as error:
        if error.code != "bad-json":
            raise
        raise Retry(
            f"{call.where} answered 200 with something that is not JSON.",
            after_s=_BLIP_S,
            do=error.said,
            where=call.where,
            code="not-json",
        ) from None


def cost_of(body: Body) -> Cost | None:
    """What the query cost, where Shopify says it. Raises `Refuse` where it has another shape."""
    told = body.extensions.get("cost")
    # JSON numbers with a fraction arrive as text, so that no amount is ever a float.
    return None if told is None else strict_json.convert(told, Cost, what="The cost", lax=True)


def fault_of(body: Body, cost: Cost | None, call: Call) -> CounterfoilError | None:
    """The error that a GraphQL body states, or None. Of several the first that stops us counts."""
    if not body.errors:
        return None
    complaint = body.errors[0]
    code, said = complaint.code, complaint.message[:200]
    if code == "THROTTLED":
        return FAULTS.error(_THROTTLED, call, _refill_s(cost))
    fault = _COMPLAINTS.get(code) or _unlisted(code, said)
    scope = complaint.extensions.get("requiredAccess") or "the scope that the field needs"
    return FAULTS.error(fault, call, quoted=said, code=code, scope=scope)


def _unlisted(code: str, said: str) -> Fault:
    if "cursor" in said.lower():
        return _CURSOR
    return _QUERY if not code or code in _OURS else _UNKNOWN


def _refill_s(cost: Cost | None) -> float:
    """Seconds until the bucket holds what the query wants."""
    if cost is None or cost.throttle_status.restore_rate <= 0:
        return _BLIP_S
    missing = cost.requested_query_cost - cost.throttle_status.currently_available
    return min(_LONGEST_WAIT_S, max(0.1, missing / cost.throttle_status.restore_rate))
