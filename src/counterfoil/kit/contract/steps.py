"""Rules about writes of several calls, and about what a target does later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from counterfoil.kit.connector import Intent, Pending, Works, Written
from counterfoil.kit.contract.case import Broken, TargetCase, demand
from counterfoil.kit.contract.rule import about_target
from counterfoil.kit.manifest import Carries
from counterfoil.model.document import Document
from counterfoil.values.errors import Settle

_MANY = 12


def _stepped(carries: Carries) -> bool:
    return bool(carries.steps)


@about_target("write", "read", where=_stepped)
async def each_step_is_found_by_its_own_reference(case: TargetCase) -> None:
    """Each step of a write is one that the manifest names, has a reference of its own, and is found
    by that once it was made, and not before; the first has the reference of the whole."""
    intent = await _stepping(case)
    names = [step.name for step in intent.steps]
    declared = {*case.manifest.documents[case.document].steps}
    demand({*names} <= declared, f"The manifest does not name {sorted({*names} - declared)}.")
    references = [step.reference for step in intent.steps]
    demand(len({*references}) == len(references), f"Two steps share a reference: {references}.")
    demand(
        references[0] == intent.reference, "The first step has another reference than the whole."
    )
    earlier: list[Written] = []
    for reference in references:
        demand(not await _identities(case, reference), f"{reference} is there before it was made.")
        earlier.append(await _made(case, intent, earlier))
        identities = await _identities(case, reference)
        demand(
            identities == [earlier[-1].identity],
            f"Under {reference} are {identities}, and {earlier[-1]} was made.",
        )


@about_target("write", "read", where=_stepped)
async def a_step_is_not_repeated_by_the_next(case: TargetCase) -> None:
    """When all steps are done, each of them was done once."""
    intent = await _stepping(case)
    earlier: list[Written] = []
    for _ in intent.steps:
        earlier.append(await _made(case, intent, earlier))
    counts = {step.reference: case.receiver.held(step.reference) for step in intent.steps}
    demand({*counts.values()} == {1}, f"When all was done the vendor holds {counts}.")


@about_target("write", "read", where=_stepped)
async def an_unanswered_step_is_found_once(case: TargetCase) -> None:
    """A step that landed without an answer is Settle, and a read by its own reference finds it."""
    intent = await _stepping(case)
    earlier: list[Written] = []
    for step in intent.steps:

        def landed(reference: str = step.reference) -> bool:
            return case.receiver.held(reference) > 0

        with case.postman.losing(landed):
            try:
                answers: Sequence[object] = await case.target.write([intent.call(earlier)])
            except Settle:
                answers = ()
        demand(not answers, f"The step {step.name}, whose answer was lost, ended in {answers}.")
        identities = await _identities(case, step.reference)
        demand(len(identities) == 1, f"{len(identities)} are found of the step {step.name}.")
        earlier.append(Written(identities[0]))


@about_target("write", "read", where=lambda carries: carries.jobs)
async def an_accepted_job_tells_its_end(case: TargetCase) -> None:
    """What is taken to be done later has a ticket, by which it is told in the end what it made, and
    that is there once; a ticket that nobody gave is known to nobody."""
    jobs = 0
    for number in range(1, _MANY):
        intent = await case.composed(number)
        (answer,) = await case.target.write([intent.call(())])
        if not isinstance(answer, Pending):
            continue
        jobs += 1
        demand(bool(answer.ticket) and answer.after_s >= 0, f"{answer} is no ticket.")
        end = await case.done(answer)
        demand(isinstance(end, Written) and bool(end.identity), f"The job ended in {end!r}.")
        count = case.receiver.held(intent.reference)
        demand(count == 1, f"The job is done, and {count} are held under {intent.reference}.")
    demand(jobs > 0, "The manifest says `jobs`, and everything was done at once.")
    unknown = await cast("Works[Document]", case.target).outcome([case.stage.unknown])
    demand(not unknown, f"Of a ticket that nobody gave it is told: {unknown}.")


async def _stepping(case: TargetCase) -> Intent:
    """The first of the receiver's documents that is written in several steps."""
    for number in range(1, _MANY):
        intent = await case.composed(number)
        if len(intent.steps) > 1:
            return intent
    raise Broken("The manifest names steps, and no document is written in several.")


async def _made(case: TargetCase, intent: Intent, earlier: Sequence[Written]) -> Written:
    (answer,) = await case.target.write([intent.call(earlier)])
    if isinstance(answer, Pending):
        answer = await case.done(answer)
    if not isinstance(answer, Written):
        raise Broken(f"The step {intent.call(earlier).step} was not taken: {answer!r}")
    return answer


async def _identities(case: TargetCase, reference: str) -> list[str]:
    by_reference = await case.target.read([reference])
    return [document.identity for document in by_reference.get(reference, ())]
