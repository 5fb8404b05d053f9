"""What Shopify says beside the data: what a query cost, and which error of `errors.toml` it is."""

from __future__ import annotations

from typing import Final

import msgspec

from counterfoil.kit.api import faults
from counterfoil.kit.api.call import Call
from counterfoil.kit.api.graphql import Dialect, Meter
from counterfoil.kit.formats.graphql import Body
from counterfoil.values.errors import CounterfoilError

FAULTS: Final = faults.load(__package__ or "")
_UNKNOWN: Final = FAULTS.codes["unknown"]
_UNSAID: Final = (FAULTS.codes["bad-query"], _UNKNOWN)  # no code says that a cursor has expired
_MOST_AT_ONCE = 1000.0  # points; Shopify refuses a dearer query whatever the plan
_STATUS = ("cost", "throttleStatus")
_METER: Final = Meter(
    reserved=("cost", "requestedQueryCost"),
    used=("cost", "actualQueryCost"),
    left=(*_STATUS, "currentlyAvailable"),
    restored=(*_STATUS, "restoreRate"),
)


class Shop(msgspec.Struct, frozen=True):
    """Whose shop it is, and in what money it books."""

    name: str
    myshopifyDomain: str
    currencyCode: str


def fault_of(body: Body, call: Call) -> CounterfoilError | None:
    """The error that a body states, or None. Of several the first that stops us counts.

    A mutation that has an answer was done, whatever part of it we may not see (live).
    """
    done = call.writes and any(value is not None for value in (body.data or {}).values())
    if done or not body.errors:
        return None
    complaint = body.errors[0]
    code, quoted = complaint.code, complaint.message[:200]
    if code == "THROTTLED":
        return FAULTS.error(
            FAULTS.codes[code], call, _METER.refill_s(body, FAULTS.wait_s, FAULTS.wait_most_s)
        )
    fault = FAULTS.codes.get(code or "bad-query", _UNKNOWN)  # a parse error has no code
    if fault in _UNSAID and "cursor" in quoted.lower():
        fault = FAULTS.codes["bad-cursor"]
    scope = complaint.extensions.get("requiredAccess") or "the scope that the field needs"
    return FAULTS.error(fault, call, quoted=quoted, code=code, scope=scope)


DIALECT: Final = Dialect(_METER.price, fault_of, _MOST_AT_ONCE)
