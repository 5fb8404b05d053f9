"""The one shape of everything that Peoplevox answers."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from starlette.responses import Response

from counterfoil.twins.kit import soap


class Result(msgspec.Struct, frozen=True):
    """What every operation answers; `statuses` say what became of each row."""

    detail: str
    total: int = 0
    response: int = 0
    statuses: Sequence[soap.Inside] = ()


def answer(call: soap.Asked, result: Result) -> Response:
    """The result of an operation in its envelope."""
    numbers = {"ResponseId": result.response, "TotalCount": result.total}
    inside: dict[str, soap.Inside] = {**numbers, "Detail": result.detail}
    if result.statuses:
        inside["Statuses"] = {"IntegrationStatusResponse": result.statuses}
    return soap.answer(call.operation, "http://www.peoplevox.net/", inside)


def refused(call: soap.Asked, detail: str) -> Response:
    """The answer that says what went wrong."""
    return answer(call, Result(detail, response=-1))
