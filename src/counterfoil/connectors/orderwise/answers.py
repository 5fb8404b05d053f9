"""What an answer of OrderWise means: the one table from its statuses to our kinds of error.

The vendor publishes no error shape, so an error's text is kept as it came and never parsed.
"""

from __future__ import annotations

from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import TypeVar

import msgspec

from counterfoil.kit.formats import strict_json
from counterfoil.kit.transport import Answer, unexpected
from counterfoil.values.clock import Instant, from_stdlib, seconds_between
from counterfoil.values.errors import (
    CounterfoilError,
    Hold,
    Misconfigured,
    Refuse,
    Retry,
    Settle,
    SignIn,
)

_GOOD = frozenset({200, 201, 204})
_WAIT_S = 5.0  # where OrderWise asks for patience and does not say how much
_WAIT_MOST_S = 300.0
_QUOTED_MOST = 400  # characters of an answer that a person is shown

T = TypeVar("T")


class Call(msgspec.Struct, frozen=True):
    """One call: the connection's name, what is asked, whether it writes, and when."""

    where: str
    method: str
    path: str
    writes: bool
    now: Instant

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def content(answer: Answer, shape: type[T], call: Call) -> T:
    """The answer's JSON in `shape`. Raises the kind of error that the answer stands for.

    A good status around something else (a web page, nothing, another shape) is `Settle` for a
    write, since it may have landed, and `Retry` for a read.
    """
    if answer.status not in _GOOD:
        raise _error(answer, call)
    try:
        return strict_json.convert(strict_json.parse(answer.body), shape)
    except Refuse as error:
        raise doubtful(call, f"answered {answer.status} with something unreadable") from error


def doubtful(call: Call, what: str, *, after_s: float = _WAIT_S) -> Settle | Retry:
    """The error of a call that failed without saying whether anything was done."""
    if call.writes:
        return Settle(
            f"OrderWise {what} ({call}); the order may have landed.",
            do="It is looked up before anything is sent again.",
            where=call.where,
        )
    return Retry(
        f"OrderWise {what} ({call}).",
        after_s=after_s,
        do="It is tried again by itself.",
        where=call.where,
        code="no-answer",
    )


def _error(answer: Answer, call: Call) -> CounterfoilError:
    known = _TABLE.get(answer.status)
    if known is not None:
        return known(answer, call)
    return _failed(answer, call) if answer.status >= 500 else unexpected(answer, call.where)


def _failed(answer: Answer, call: Call) -> CounterfoilError:
    # Also 503: nothing published says that OrderWise answers it before any work is done.
    return doubtful(call, f"answered {answer.status}", after_s=_wait_s(answer, call.now))


def _refused(answer: Answer, call: Call) -> CounterfoilError:
    said = f"OrderWise refused {call}: {_quoted(answer)}"
    if not call.writes:
        return Misconfigured(
            said,
            do="Check the connection's definition numbers, and the definition in OrderWise.",
            where=call.where,
        )
    return Hold(
        said,
        do="Correct the cause in OrderWise or at the source, then send the held record again.",
        where=call.where,
        code="orderwise-refused",
    )


def _sign_in(answer: Answer, call: Call) -> CounterfoilError:
    return SignIn(
        f"OrderWise does not accept the user name and password ({call} answered 401).",
        do="Check the secrets `user` and `password`, and that the user is not locked.",
        where=call.where,
    )


def _forbidden(answer: Answer, call: Call) -> CounterfoilError:
    return Misconfigured(
        f"The OrderWise user may not do {call}.",
        do="Give the user's group this API permission (System > Security > Users).",
        where=call.where,
    )


def _absent(answer: Answer, call: Call) -> CounterfoilError:
    return Misconfigured(
        f"OrderWise has nothing at {call}.",
        do="Check the connection's address, its path settings and its definition numbers.",
        where=call.where,
    )


def _conflict(answer: Answer, call: Call) -> CounterfoilError:
    # It may mean "already there": the reports of refused duplicates name no status.
    return doubtful(call, "answered 409", after_s=_wait_s(answer, call.now))


def _busy(answer: Answer, call: Call) -> CounterfoilError:
    return Retry(
        f"OrderWise is busy ({call} answered {answer.status}).",
        after_s=_wait_s(answer, call.now),
        do="It is tried again by itself.",
        where=call.where,
        code="busy",
    )


_TABLE: dict[int, Callable[[Answer, Call], CounterfoilError]] = {
    400: _refused,
    401: _sign_in,
    403: _forbidden,
    404: _absent,
    408: _failed,
    409: _conflict,
    423: _busy,
    429: _busy,
}


def _quoted(answer: Answer) -> str:
    text = " ".join(answer.body[: 4 * _QUOTED_MOST].decode("utf-8", "replace").split())
    return text[:_QUOTED_MOST] or "(no reason given)"


def _wait_s(answer: Answer, now: Instant) -> float:
    asked = answer.headers.get("retry-after", "")[:40]
    if asked.isascii() and asked.isdecimal():
        return min(float(asked), _WAIT_MOST_S)
    try:
        until = from_stdlib(parsedate_to_datetime(asked))
    except (ValueError, OverflowError):  # the latter for an offset of more than an age
        return _WAIT_S
    return min(max(0.0, seconds_between(now, until)), _WAIT_MOST_S)
