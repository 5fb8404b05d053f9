"""Rules about targets that hold one document under a reference: there the last write counts."""

from __future__ import annotations

from typing import cast

from counterfoil.kit.connector import Intent, Written
from counterfoil.kit.contract.case import TargetCase, composed, demand
from counterfoil.kit.contract.rule import about_target
from counterfoil.kit.contract.stage import Changing
from counterfoil.kit.field import family
from counterfoil.kit.manifest import Carries
from counterfoil.model.document import Document
from counterfoil.values.errors import CounterfoilError, Settle

_SOME = 3


def _level(carries: Carries) -> bool:
    return carries.manner == "level"


@about_target("write", "read", where=lambda carries: carries.manner == "upsert")
async def an_upsert_leaves_one_and_the_newest(case: TargetCase) -> None:
    """A document that is written again as somebody changed it is one document, and the newest."""
    for number in range(1, _SOME + 1):
        before = await case.composed(number)
        await _write(case, before)
        after = await _composed(case, _changed(case, number))
        demand(after.reference == before.reference, "A changed document has another reference.")
        await _write(case, after)
        await _stands(case, after)


@about_target("write", "read", where=_level)
async def a_level_is_what_was_said_last(case: TargetCase) -> None:
    """Of several levels the one that was written last stands, also where it is an earlier value
    once more, or the one that stands already."""
    for number in range(1, _SOME + 1):
        first, second = case.receiver.document(number), _changed(case, number)
        for document in (first, second, second, first):
            intent = await _composed(case, document)
            await _write(case, intent)
            await _stands(case, intent)


@about_target("write", "read", where=lambda carries: _level(carries) and carries.reads_first)
async def an_old_level_never_follows_a_new_one(case: TargetCase) -> None:
    """What was composed before another level was set is refused, and is not in doubt: what stood
    there then stands no longer."""
    document = case.receiver.document(1)
    await _write(case, await _composed(case, document))
    old = await _composed(case, document)
    new = await _composed(case, _changed(case, 1))
    await _write(case, new)
    try:
        answer = await case.written(old)
    except CounterfoilError as error:
        answer = error
    refused = isinstance(answer, CounterfoilError) and not isinstance(answer, Settle)
    demand(refused, f"A level that was composed before another was set ended in {answer!r}.")
    await _stands(case, new)


def _changed(case: TargetCase, number: int) -> Document:
    demand(
        hasattr(case.receiver, "changed"),
        f"The stage's receiver of {case.document}s has no `changed`: the document of a number as"
        " somebody changed it.",
    )
    return cast("Changing", case.receiver).changed(number)


async def _composed(case: TargetCase, document: Document) -> Intent:
    return await composed(case, case.document, case.target, document)


async def _write(case: TargetCase, intent: Intent) -> None:
    answer = await case.written(intent)
    demand(isinstance(answer, Written), f"{intent.reference} was not taken: {answer!r}")


async def _stands(case: TargetCase, intent: Intent) -> None:
    """Demand that the vendor holds one under the reference, and just what the intent says."""
    count = case.receiver.held(intent.reference)
    demand(count == 1, f"{count} are held under {intent.reference}, where one is.")
    by_reference = await case.target.read([intent.reference])
    documents = by_reference.get(intent.reference, ())
    demand(len(documents) == 1, f"{len(documents)} are seen under {intent.reference}.")
    (document,) = documents
    differs = [
        name
        for name, value in intent.expect.items()
        if document.fields.get(name) != value and family(name) not in document.unseen
    ]
    demand(not differs, f"{intent.reference} differs from what was written last in {differs}.")
