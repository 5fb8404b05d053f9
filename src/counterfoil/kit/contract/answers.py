"""Rules about bad days: what each failure of the vendor means, to a read and to a write."""

from __future__ import annotations

from contextlib import AbstractContextManager

from counterfoil.kit.contract.call import Call, calls, outcome
from counterfoil.kit.contract.case import Case, demand
from counterfoil.kit.contract.rule import about_calls
from counterfoil.kit.transport import Lost, NotSent
from counterfoil.values.errors import CounterfoilError, Retry, Settle

_PAGE = b"<!DOCTYPE html><html><body>We will be back soon.</body></html>"


@about_calls
async def a_busy_vendor_is_tried_later(case: Case) -> None:
    """429 is Retry, and says after how many seconds."""
    for call, error in await _met(case, case.postman.answering(429, b"slow", retry_after="7")):
        demand(isinstance(error, Retry), _ended(call, "429", error))
        after_s = error.after_s if isinstance(error, Retry) else 0.0
        demand(after_s > 0, f"{call.name}: the Retry after 429 does not say when.")


@about_calls
async def a_vendors_own_failure_is_told_by_what_was_asked(case: Case) -> None:
    """500 is Retry after a read, which changed nothing, and Settle after a write, which may
    have landed."""
    for call, error in await _met(case, case.postman.answering(500, b"Internal error")):
        kind = Settle if call.writes else Retry
        demand(isinstance(error, kind), _ended(call, "500", error))


@about_calls
async def silence_is_told_by_what_was_asked(case: Case) -> None:
    """No answer is Retry after a read, and Settle after a write."""
    for call, error in await _met(case, case.postman.failing(Lost("cut"))):
        kind = Settle if call.writes else Retry
        demand(isinstance(error, kind), _ended(call, "no answer", error))


@about_calls
async def what_never_left_is_tried_later(case: Case) -> None:
    """Where no connection was made, nothing has landed: Retry, also for a write."""
    for call, error in await _met(case, case.postman.failing(NotSent("no route"))):
        demand(isinstance(error, Retry), _ended(call, "no connection", error))


@about_calls
async def a_good_status_is_not_success(case: Case) -> None:
    """A web page, nothing, half an answer or an error with status 200 is never success; after a
    write it is not Retry either, since the write may have landed."""
    for body in (_PAGE, b"", b'{"id": 1, "half', b'{"error": "internal"}'):
        for call, error in await _met(case, case.postman.answering(200, body)):
            demand(error is not None, f"{call.name} took {body[:20]!r} for success.")
            again = call.writes and isinstance(error, Retry)
            demand(not again, _ended(call, f"200 with {body[:20]!r}", error))


@about_calls
async def an_unknown_status_is_never_tried_again(case: Case) -> None:
    """A status that nobody knows is an error for a person to see, and never Retry."""
    for status in (302, 418, 451):
        for call, error in await _met(case, case.postman.answering(status, b"?")):
            final = error is not None and not isinstance(error, Retry)
            demand(final, _ended(call, str(status), error))


async def _met(
    case: Case, day: AbstractContextManager[None]
) -> list[tuple[Call, CounterfoilError | None]]:
    """How every call ends on such a day, for a session that is signed in."""
    session = case.open()
    await session.probe()
    ready = calls(case, session)
    for call in ready:
        await call.prepare()  # what it is composed of is known before the day turns bad
    with day:
        return [(call, await outcome(call)) for call in ready]


def _ended(call: Call, what: str, error: CounterfoilError | None) -> str:
    return f"{call.name} ended in {error!r} after {what}."
