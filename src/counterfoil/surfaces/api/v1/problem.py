"""Problems: what went wrong, as RFC 9457 has it, in one sentence and what to do about it."""

from __future__ import annotations

from http import HTTPStatus

import msgspec
from starlette.responses import Response

from counterfoil.values.errors import CounterfoilError, Misconfigured, Refuse, Retry, Settle

MEDIA_TYPE = "application/problem+json"

_STATUS = {
    "no-token": 401,
    "not-allowed": 403,
    "nothing-here": 404,
    "already-done": 409,
    "overtaken": 409,
    "page-busy": 409,
    "plan-moved": 409,
    "under-way": 409,
    "too-large": 413,
    "undeclared-json": 415,
    "no-tag": 428,
}


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong: `detail` is the sentence, `do` what to do now, `code` a stable word that
    `counterfoil explain` knows, `where` the place that it is about."""

    title: str
    status: int
    detail: str
    code: str
    do: str = ""
    where: str = ""
    reference: str = ""


class Missing(Refuse):
    """There is nothing at this address."""

    code = "nothing-here"


def status_of(error: CounterfoilError) -> int:
    """The status that an error is answered with."""
    if error.code in _STATUS:
        return _STATUS[error.code]
    if isinstance(error, Retry | Settle):
        return 503
    return 400 if isinstance(error, Misconfigured | Refuse) else 500


def answered(error: CounterfoilError, status: int | None = None, reference: str = "") -> Response:
    """An error as an answer."""
    status = status or status_of(error)
    shape = Problem(
        HTTPStatus(status).phrase, status, error.said, error.code, error.do, error.where, reference
    )
    headers: dict[str, str] = {}
    if status == 401:
        headers["www-authenticate"] = 'Bearer realm="counterfoil"'
    if status == 503 and isinstance(error, Retry):
        headers["retry-after"] = str(max(1, round(error.after_s)))
    return Response(msgspec.json.encode(shape), status, headers, MEDIA_TYPE)
