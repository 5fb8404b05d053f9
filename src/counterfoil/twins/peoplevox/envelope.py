"""The one shape of everything that Peoplevox answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from xml.sax.saxutils import escape

import msgspec
from starlette.responses import Response

from counterfoil.twins.kit import soap


class Status(NamedTuple):
    """What became of one row; `line` 0: it does not say which row it is of."""

    reference: str
    good: bool
    line: int = 0


class Result(msgspec.Struct, frozen=True):
    """What every operation answers."""

    detail: str
    total: int = 0
    response: int = 0
    statuses: Sequence[Status] = ()


def refused(detail: str) -> Result:
    """The result that says what went wrong."""
    return Result(detail, response=-1)


def answer(operation: str, result: Result) -> Response:
    """A result in its envelope."""
    statuses = "".join(map(_status, result.statuses))
    inside = (
        f"<ResponseId>{result.response}</ResponseId><TotalCount>{result.total}</TotalCount>"
        f"<Detail>{escape(result.detail)}</Detail>"
        f"{f'<Statuses>{statuses}</Statuses>' if statuses else ''}"
    )
    return soap.answer(operation, "http://www.peoplevox.net/", inside)


def _status(status: Status) -> str:
    line = f"<LineNo>{status.line}</LineNo>" if status.line else ""
    word = "Success" if status.good else "Error"
    return (
        f"<IntegrationStatusResponse><Reference>{escape(status.reference)}</Reference>"
        f"<Status>{word}</Status>{line}</IntegrationStatusResponse>"
    )
