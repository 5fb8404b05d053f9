"""Desk and Hold: what to mend next, why it happened on one example, and the acts: a plan first,
then a receipt that stays."""

from __future__ import annotations

from typing import get_args

from starlette.responses import RedirectResponse, Response

from counterfoil.surfaces.desk import causes, receipts, trace
from counterfoil.surfaces.desk.causes import Deed, Planned
from counterfoil.surfaces.desk.figures import sums
from counterfoil.surfaces.desk.words import meanings
from counterfoil.surfaces.web.visitor import Visitor, signed_in
from counterfoil.values.errors import CounterfoilError, Misconfigured, Refuse, Retry
from counterfoil.values.ids import RecordId

_PAGE = 50


@signed_in
async def desk(visitor: Visitor) -> Response:
    """Every cause for which something waits."""
    waiting = await causes.causes(visitor.desk)
    route = visitor.word("route")
    return visitor.shown(
        "desk.html",
        causes=[cause for cause in waiting if route in ("", cause.route)],
        routes=sorted({cause.route for cause in waiting}),
        route=route,
        count=sum(cause.count for cause in waiting),
        money=sums(amount for cause in waiting for amount in cause.money),
        receipts=await receipts.receipts(visitor.desk, limit=5),
    )


@signed_in
async def hold(visitor: Visitor) -> Response:
    """One cause: what happened, on one example, and what can be done."""
    number = visitor.request.path_params["cause"]
    shared = await causes.cause(visitor.desk, number)
    if shared is None:
        return await _done(visitor)
    named = visitor.numbers("record")
    start = min(next(iter(visitor.numbers("from")), 0), shared.count)
    example = await causes.example(
        visitor.desk, number, RecordId(named[0]) if named else None
    ) or await causes.example(visitor.desk, number, None)
    answered = None
    if example is not None and not example.sides:
        traced = await trace.trace(visitor.desk, str(example.record.record), evidence=True)
        answered = next((call for call in reversed(traced.evidence) if call.sent), None)
    return visitor.shown(
        "hold.html",
        cause=shared,
        example=example,
        answered=answered,
        meaning=meanings().get(shared.code),
        members=await causes.members(visitor.desk, number, _PAGE, start),
        start=start,
        page=_PAGE,
        may_act=visitor.may("hold resend"),
    )


@signed_in
async def plan(visitor: Visitor) -> Response:
    """What would be done, before it is."""
    planned = await _planned(visitor)
    if planned is None:
        return await _done(visitor)
    return _shown(visitor, planned)


@signed_in
async def act(visitor: Visitor) -> Response:
    """Do what the plan says, if it is still what waits; then show the receipt."""
    planned = await _planned(visitor)
    if planned is None:
        return await _done(visitor)
    mark, why = visitor.word("mark"), visitor.word("why").strip()
    try:
        if planned.deed == "send":
            number = await receipts.sent(visitor.desk, planned, mark)
        elif planned.deed == "recheck":
            number = await receipts.read_back(visitor.desk, planned, mark)
        else:
            number = await receipts.put_aside(visitor.desk, planned, mark, why)
    except (Misconfigured, Retry, Refuse) as error:
        if error.code == "not-allowed":
            raise
        return _shown(visitor, planned, error, why)
    return RedirectResponse(f"/receipts/{number}", 303)


@signed_in
async def receipt(visitor: Visitor) -> Response:
    """What was done, and where it stands today."""
    number = visitor.request.path_params["number"]
    return visitor.shown(
        "receipt.html", receipt=await receipts.receipt(visitor.desk, min(number, 2**62))
    )


def _shown(
    visitor: Visitor, planned: Planned, error: CounterfoilError | None = None, why: str = ""
) -> Response:
    status = 200 if error is None else 409
    act_name = {"send": "hold resend", "recheck": "hold recheck", "aside": "hold aside"}
    return visitor.shown(
        "plan.html", status, plan=planned, error=error, why=why,
        chosen=visitor.numbers("record"), may_act=visitor.may(act_name[planned.deed]),
    )  # fmt: skip


async def _planned(visitor: Visitor) -> Planned | None:
    words = visitor.request.path_params
    deed: Deed = next((deed for deed in get_args(Deed) if deed == words["deed"]), "send")
    records = [RecordId(number) for number in visitor.numbers("record")]
    return await causes.plan(visitor.desk, words["cause"], deed, records)


async def _done(visitor: Visitor) -> Response:
    """Nothing waits for this any more: who saw to it, where somebody did."""
    records = [RecordId(number) for number in visitor.numbers("record")]
    done = await receipts.receipts(visitor.desk, records, limit=3)
    return visitor.shown("done.html", receipts=done)
