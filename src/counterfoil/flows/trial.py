"""Trial: what a document would become on a route, said before anything moves."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from counterfoil.flows.intent import intended
from counterfoil.flows.route import Plan
from counterfoil.flows.rules import Change, Holds, Stop, Waits, hold, stopped
from counterfoil.kit.connector import Intent, Reading, Target
from counterfoil.mapping.losses import Loss
from counterfoil.values.clock import Instant
from counterfoil.values.errors import CounterfoilError, Hold, Refuse

_KNOWN_WHEN_SENT = ("not-asked-for", "not-looked-at")
_COMPOSED_LATER = (
    "What it is sent depends on what the target holds then, and calls what it needs: nobody is"
    " asked here."
)

Outcome = Literal["sent", "left_out", "held", "waiting", "refused", "merged", "superseded"]


class Trial(msgspec.Struct, frozen=True):
    """What would become of one reading. `document` is the part of it that goes, or the whole where
    nothing goes; `intent` is there where something would be sent."""

    outcome: Outcome
    code: str = ""
    rule: str = ""
    said: str = ""
    do: str = ""
    document: Any = None
    intent: Intent | None = None
    losses: tuple[Loss, ...] = ()
    changes: tuple[Change, ...] = ()


def tried(
    plan: Plan, begins: Instant | None, target: Target[Any], reading: Reading[Any], now: Instant
) -> Trial:
    """What would become `now` of a first version of a document."""
    document = reading.document
    if document is None:
        return _unread(plan, reading)
    stop = stopped(plan.rules, document, plan.gates, begins, now)
    if stop is not None:
        return _stopped(plan, stop, document, reading.losses)
    try:
        intent = intended(plan, target.compose, document)
    except (Hold, Refuse) as problem:
        if problem.code not in _KNOWN_WHEN_SENT:
            return stopped_by(problem, document, reading.losses)
        return Trial("sent", said=_COMPOSED_LATER, document=document, losses=reading.losses)
    goes, _ = plan.rules.part(document, plan.gates)
    return Trial("sent", document=goes, intent=intent, losses=(*reading.losses, *intent.losses))


def tried_after(
    plan: Plan, target: Target[Any], sent: Reading[Any], reading: Reading[Any]
) -> Trial:
    """What would become of a newer version of a document whose version `sent` is at the target."""
    document, rules = reading.document, plan.rules
    if document is None or sent.document is None:
        # What need not be read was never sent; this was, so a person hears that it is cancelled.
        return _unread(plan, msgspec.structs.replace(reading, cancelled=False))
    if reading.version < sent.version:
        return Trial("superseded", said="A newer version was sent already.", document=document)
    news = tuple(rules.changes(sent.document, document))
    if not news or rules.apart(sent.document, document, plan.gates):
        quiet = tuple(rules.quiet(sent.document, document))
        text = "; ".join(
            ["It says nothing to act on at the target", *(change.said for change in quiet)]
        )
        return Trial("merged", said=f"{text}.", document=document, changes=quiet)
    what, text = rules.happened(document), "; ".join(change.said for change in news)
    return Trial(
        "held",
        "changed-after-sent",
        said=f"{plan.title.first} {document.number} {what} after it had been sent: {text}.",
        do="Change it at the target by hand, then set the held record aside.",
        document=document,
        changes=news,
    )


def _unread(plan: Plan, reading: Reading[Any]) -> Trial:
    """What could not be read: left out all the same where it need not be read, else its problem."""
    if reading.test or reading.cancelled:
        rule = plan.rules.test if reading.test else plan.rules.gone
        return Trial("left_out", rule.code, rule.rule)
    problem = reading.problem or Refuse("The source gave nothing.")
    return stopped_by(problem, losses=reading.losses)


def _stopped(plan: Plan, stop: Stop, document: Any, losses: tuple[Loss, ...]) -> Trial:
    trial = Trial("left_out", stop.code, stop.rule, document=document, losses=losses)
    if isinstance(stop, Waits):
        return msgspec.structs.replace(trial, outcome="waiting")
    if not isinstance(stop, Holds):
        return trial
    problem = hold(plan.rules, document, stop)
    return msgspec.structs.replace(trial, outcome="held", said=problem.said, do=problem.do)


def stopped_by(
    problem: CounterfoilError, document: Any = None, losses: tuple[Loss, ...] = ()
) -> Trial:
    """What becomes of a record that an error stops: refused for good, or held."""
    outcome: Outcome = "refused" if isinstance(problem, Refuse) else "held"
    return Trial(
        outcome, problem.code, said=str(problem.said), do=problem.do, document=document,
        losses=losses,
    )  # fmt: skip
