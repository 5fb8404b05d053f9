"""BigCommerce's dialect: which token, which budget, what its answers mean."""

from __future__ import annotations

from typing import Final

import msgspec

from counterfoil.kit.api.api import Api, Remaining, Usage
from counterfoil.kit.api.auth import header
from counterfoil.kit.api.faults import load
from counterfoil.kit.connector import Opening

TITLE: Final = "BigCommerce"
_LEFT: Final = Remaining(
    "calls", "x-rate-limit-requests-left", resets="x-rate-limit-time-reset-ms", unit="ms"
)
_USAGE: Final = Usage({"calls": 1.0}, (_LEFT,))

FAULTS: Final = load(__package__ or "")


class _Counted(msgspec.Struct, frozen=True):
    count: int


def api_of(opening: Opening) -> Api:
    """The calls on one store."""
    auth = header(opening.secret, "X-Auth-Token", "access_token")
    return Api(opening, TITLE, auth, FAULTS, _USAGE)


async def proven(api: Api) -> str:
    """One sentence about the store that answered."""
    answer = await api.ask(api.call("GET", "/v2/orders/count", writes=False), _Counted)
    return f"{TITLE} answered; the store counts {answer.count} orders."
