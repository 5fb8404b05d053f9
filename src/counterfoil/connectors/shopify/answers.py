"""What Shopify's answers mean: its codes and statuses in our kinds of error, in one place.

HTTP 200 proves nothing here: being throttled, refused or wrong all arrive as 200.
Sources, at shopify.dev/docs: api/usage/response-codes, apps/build/apis/graphql-admin/rate-limits.
"""

from __future__ import annotations

from typing import Any

import msgspec

from counterfoil.kit.formats import strict_json
from counterfoil.kit.transport import Answer, unexpected
from counterfoil.values.errors import (
    CounterfoilError,
    Halt,
    Hold,
    Misconfigured,
    Refuse,
    Retry,
    SignIn,
)

_BLIP_S = 2.0
_SECURITY_S = 600.0
_LONGEST_WAIT_S = 120.0  # no honest Retry-After or refill is longer
_OURS = (
    "BAD_REQUEST",
    "INVALID_FIELD_ARGUMENTS",
    "argumentLiteralsIncompatible",
    "argumentNotAccepted",
    "missingRequiredArguments",
    "undefinedField",
    "variableMismatch",
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


class Said(msgspec.Struct, frozen=True):
    """The `extensions` of one GraphQL error; a parse error has no code."""

    code: str = ""
    required_access: str = msgspec.field(default="", name="requiredAccess")


class Complaint(msgspec.Struct, frozen=True):
    """One GraphQL error."""

    message: str = ""
    extensions: Said = Said()


class Extensions(msgspec.Struct, frozen=True):
    """What stands beside the data."""

    cost: Cost | None = None


class Body(msgspec.Struct, frozen=True):
    """One GraphQL answer."""

    data: dict[str, Any] | None = None
    errors: list[Complaint] = []
    extensions: Extensions = Extensions()


def body_of(answer: Answer, where: str) -> Body:
    """The GraphQL body of an answer of status 200.

    Raises `Retry` where the body is not JSON (a maintenance page; a read has changed nothing),
    `Refuse` where it is JSON of another shape.
    """
    try:
        value = strict_json.parse(answer.body, what=f"{where}'s answer")
    except Refuse as error:
        raise Retry(
            f"{where} answered 200 with something that is not JSON.",
            after_s=_BLIP_S,
            do=error.said,
            where=where,
            code="not-json",
        ) from None
    # JSON numbers with a fraction arrive as text, so that no amount is ever a float.
    try:
        return msgspec.convert(value, Body, strict=False)
    except msgspec.ValidationError as error:
        raise Refuse(
            f"{where}'s answer does not have the expected shape: {error}.",
            do="Nothing was taken from it. Compare it with the version the connector is made for.",
            where=where,
            code="bad-shape",
        ) from None


def fault_of(body: Body, where: str) -> CounterfoilError | None:
    """The error that a GraphQL body states, or None. Of several the first that stops us counts."""
    if not body.errors:
        return None
    return _fault(body.errors[0], body.extensions.cost, where)


def status_fault(answer: Answer, where: str) -> CounterfoilError:
    """The error that a status other than 200 states; one that no table knows is never retried."""
    status = answer.status
    if status == 401:
        return SignIn(
            f"{where} does not accept the access token.",
            do="Check access_token, or client_id and client_secret, of this connection.",
            where=where,
        )
    if status in _CLOSED:
        said, do = _CLOSED[status]
        return Misconfigured(f"{where} {said}.", do=do, where=where, code=f"http-{status}")
    if status == 429 or status >= 500:
        wait_s = _seconds(answer.headers.get("retry-after", ""))
        return _later(f"{where} answered {status}.", wait_s or _BLIP_S, where, f"http-{status}")
    if status == 430:
        return _later(f"{where} turned us away for its security.", _SECURITY_S, where, "http-430")
    return unexpected(answer, where)


_CLOSED = {
    402: ("is frozen for want of payment", "The shop's owner must settle it with Shopify."),
    403: ("forbids this call", "Check that the app is installed and has its scopes."),
    404: ("is not a shop that exists", "Check the shop's address in this connection."),
    423: ("is locked", "The shop's owner must ask Shopify why."),
}


def _fault(error: Complaint, cost: Cost | None, where: str) -> CounterfoilError:
    code, said = error.extensions.code, error.message[:200]
    match code:
        case "THROTTLED":
            return _later(f"{where} asks us to slow down.", _refill_s(cost), where, "throttled")
        case "INTERNAL_SERVER_ERROR":
            return _later(f"{where} had an error of its own.", _BLIP_S, where, "internal-error")
        case "ACCESS_DENIED":
            scope = error.extensions.required_access or "the scope that the field needs"
            return Misconfigured(
                f"{where} denies access: {said}",
                do=f"Give the app {scope}, and approval for protected customer data.",
                where=where,
                code="access-denied",
            )
        case "SHOP_INACTIVE":
            return Misconfigured(
                f"{where} is not active.",
                do="The shop's owner must open it again.",
                where=where,
                code="shop-inactive",
            )
        case "MAX_COST_EXCEEDED":
            return Refuse(
                f"{where} says that the query costs too much: {said}",
                do="Ask for fewer orders a page (orders_per_page) or lines (lines_per_order).",
                where=where,
                code="max-cost",
            )
        case _:
            return _unknown(code, said, where)


def _unknown(code: str, said: str, where: str) -> CounterfoilError:
    if "cursor" in said.lower():
        return Retry(
            f"{where} no longer knows the place in the listing: {said}",
            do="The listing starts again from its mark.",
            where=where,
            code="cursor-expired",
        )
    if not code or code in _OURS:
        return Halt(
            f"{where} does not understand our query: {said}",
            do="This is a fault of the connector; tell its keepers.",
            where=where,
            code="bad-query",
        )
    return Hold(
        f"{where} answered {code!r}, which this connector does not know: {said}",
        do="Read the answer in the evidence and tell the connector's keepers.",
        where=where,
        code="unknown-code",
    )


def _refill_s(cost: Cost | None) -> float:
    """Seconds until the bucket holds what the query wants."""
    if cost is None or cost.throttle_status.restore_rate <= 0:
        return _BLIP_S
    missing = cost.requested_query_cost - cost.throttle_status.currently_available
    return min(_LONGEST_WAIT_S, max(0.1, missing / cost.throttle_status.restore_rate))


def _seconds(text: str) -> float:
    """A Retry-After in seconds ("2.0"), 0 where it is absent or is a date."""
    number = text.replace(".", "", 1)
    plain = number.isascii() and number.isdecimal() and len(text) < 8
    return min(_LONGEST_WAIT_S, float(text)) if plain else 0.0


def _later(said: str, after_s: float, where: str, code: str) -> Retry:
    return Retry(said, after_s=after_s, do="It is tried again by itself.", where=where, code=code)
