"""Rules about writing: exact, repeatable, found again, and never twice without being seen."""

from __future__ import annotations

import re
from typing import cast

import msgspec

from counterfoil.kit.connector import Intent, LooksFirst, Pending, Seen, Written
from counterfoil.kit.contract.case import (
    Broken,
    TargetCase,
    compose,
    composed,
    demand,
    inputs_of,
    known,
)
from counterfoil.kit.contract.contents import floats
from counterfoil.kit.contract.rule import about_target
from counterfoil.kit.field import family
from counterfoil.model.document import Document, Measure
from counterfoil.values.errors import CounterfoilError, Hold, Retry, Settle

_MANY = 12
_INEXACT = re.compile(rb"[0-9]\.[0-9]{7,}|[0-9][eE][+-]?[0-9]|\b(NaN|Infinity)\b")


@about_target("write")
async def composing_is_pure(case: TargetCase) -> None:
    """The same document gives the same bytes at any time and on any session, and no call leaves."""
    for number in range(1, _MANY):
        document = case.receiver.document(number)
        inputs = await inputs_of(case, case.document, case.target, document)
        case.postman.sent.clear()
        first = compose(case.target, document, inputs)
        case.clock.move(86_400.0)
        again = compose(case.open().target(case.document), document, inputs)
        demand(first == again, f"{first.reference} was composed in two ways.")
        demand(not case.postman.sent, "Composing made a call.")


@about_target("write")
async def no_float_is_composed(case: TargetCase) -> None:
    """No amount passes through a float: neither on its way out nor among what is expected."""
    for number in range(1, _MANY):
        intent = await case.composed(number)
        numbers = re.sub(rb'"(?:[^"\\]|\\.)*"', b'""', intent.whole)
        inexact = _INEXACT.search(numbers)
        demand(
            inexact is None, f"The payload of {intent.reference} has an inexact number: {inexact}."
        )
        wrong = next(floats({**intent.expect}), "")
        demand(not wrong, f"{wrong} is expected as a float.")


@about_target("write")
async def the_payload_carries_its_reference(case: TargetCase) -> None:
    """The reference is in the bytes that leave, and the total is among what must be seen."""
    references: set[str] = set()
    for number in range(1, _MANY):
        document = case.receiver.document(number)
        intent = await case.composed(number)
        carried = intent.reference.encode() in intent.whole
        demand(carried, f"The payload does not carry the reference {intent.reference}.")
        at_stake = document.measure
        figure = at_stake.minor if at_stake.currency else at_stake.pieces
        checked = figure in intent.expect.values() or at_stake == Measure()
        demand(
            checked, f"The total of {intent.reference} is not among what must be seen afterwards."
        )
        references.add(intent.reference)
    demand(len(references) == _MANY - 1, "Two documents have the same reference.")


@about_target("write")
async def an_unknown_word_is_held_and_names_its_map(case: TargetCase) -> None:
    """A word that no value map has is a Hold that names the map; nothing is guessed and nothing
    is written."""
    document = case.receiver.unmapped()
    if document is None:
        return
    try:
        intent = await composed(case, case.document, case.target, document)
    except Hold as hold:
        named = any(name in str(hold) for name in case.stage.maps)
        demand(named, f"The Hold does not name the map: {hold}")
        return
    raise Broken(f"{intent.reference} was composed with a word that no value map has.")


@about_target("write", "read")
async def what_was_written_is_seen(case: TargetCase) -> None:
    """On a good day every expected field is seen of every document, as it was meant."""
    intents = await _all_written(case, _MANY)
    held_by_reference = await case.target.read([intent.reference for intent in intents])
    for intent in intents:
        document = _only(held_by_reference.get(intent.reference, ()), intent.reference)
        differs = {
            name: (value, document.fields.get(name))
            for name, value in intent.expect.items()
            if document.fields.get(name) != value and family(name) not in document.unseen
        }
        demand(not differs, f"{intent.reference}: expected and seen differ in {differs}.")


@about_target("write")
async def every_document_has_its_answer(case: TargetCase) -> None:
    """A call with as many documents as it takes gives one answer for each, in turn, with
    the identity that the vendor gave it."""
    most = case.manifest.documents[case.document].batch
    intents = [await case.composed(index + 1) for index in range(min(most, 25))]
    answers = await case.target.write([intent.call(()) for intent in intents])
    demand(len(answers) == len(intents), f"{len(answers)} answers to {len(intents)} documents.")
    answers = [
        await case.done(answer) if isinstance(answer, Pending) else answer for answer in answers
    ]
    identities = [answer.identity for answer in answers if isinstance(answer, Written)]
    whole = len(identities) == len(intents) and all(identities)
    demand(whole, f"Not every document was taken on a good day: {answers}.")
    demand(len({*identities}) == len(identities), "Two documents were given the same identity.")


@about_target("write", "read")
async def an_unanswered_write_is_found_once(case: TargetCase) -> None:
    """A write that landed without an answer is Settle, and a read then finds exactly one."""
    intent = await case.composed(1)
    with case.postman.losing(lambda: case.receiver.held(intent.reference) > 0):
        try:
            answers = await case.target.write([intent.call(())])
        except Settle:
            answers = []
    demand(not answers, f"A write whose answer was lost ended in {answers}.")
    demand(case.receiver.held(intent.reference) == 1, "The write did not land once.")
    answers_by_reference = await case.target.read([intent.reference])
    _only(answers_by_reference.get(intent.reference, ()), intent.reference)


@about_target("write", "read")
async def a_repeated_write_does_what_its_class_says(case: TargetCase) -> None:
    """Of two writes with one reference one is left where the class is A or B, two where it is C
    or D; and a read shows as many as there are."""
    intent = await case.composed(1)
    await case.written(intent)
    try:
        await case.written(intent)
    except Retry as again:
        raise Broken(f"A repeated write asks to be tried again: {again}") from None
    except CounterfoilError:
        pass  # a refused repetition leaves one, as a merged one does
    copies = case.receiver.held(intent.reference)
    kind = case.manifest.documents[case.document].in_doubt
    demand(
        copies == (1 if kind in ("A", "B") else 2), f"The class is {kind}, and {copies} were left."
    )
    visible = len((await case.target.read([intent.reference])).get(intent.reference, ()))
    demand(visible == copies, f"The vendor holds {copies}, and {visible} are seen.")


@about_target("read")
async def what_is_not_held_is_left_out(case: TargetCase) -> None:
    """Of as many references as one call takes those that are held come back, and no others."""
    intents = await _all_written(case, 3) if _writes(case) else []
    most = case.manifest.documents[case.document].reads
    references = [intent.reference for intent in intents][:most]
    absent = [f"{case.stage.unknown}{index}" for index in range(most - len(references))]
    present = await case.target.read([*absent, *references])
    demand(
        {*present} == {*references},
        f"{sorted(present)} came back, and {sorted(references)} are held.",
    )
    demand(not await case.target.read([]), "Something was seen where nothing was asked.")


@about_target("write", where=lambda carries: carries.reads_first)
async def what_is_there_is_told_of_each(case: TargetCase) -> None:
    """A look before composing tells of each document in turn, as it tells of it alone, and
    changes nothing."""
    most = case.manifest.documents[case.document].reads
    documents = [case.receiver.document(index + 1) for index in range(min(most, _MANY))]
    inputs = [known(case, document) for document in documents]
    target = cast("LooksFirst[Document]", case.target)
    together = [*await target.there(documents, inputs)]
    whole = len(together) == len(documents) and all(together)
    demand(whole, f"Of {len(documents)} documents it is told: {together}.")
    for document, asked, answer in zip(documents, inputs, together, strict=True):
        (alone,) = await target.there([document], [asked])
        demand(alone == answer, f"{document.key} is told as {answer!r}, and alone as {alone!r}.")


@about_target("write")
async def losses_are_told_in_sentences(case: TargetCase) -> None:
    """What the target has no room for is named, with the reason."""
    for number in range(1, _MANY):
        for loss in (await case.composed(number)).losses:
            explained = bool(loss.field) and loss.why.endswith(".")
            demand(explained, f"{msgspec.structs.asdict(loss)} names no field, or gives no reason.")


async def _all_written(case: TargetCase, count: int) -> list[Intent]:
    intents = [await case.composed(index + 1) for index in range(count)]
    for intent in intents:
        answer = await case.written(intent)
        demand(isinstance(answer, Written), f"{intent.reference} was not taken: {answer}")
    return intents


def _only(found: object, reference: str) -> Seen:
    demand(isinstance(found, (list, tuple)), f"{reference} was read as {found!r}.")
    documents: list[Seen] = [*found]  # type: ignore[misc]
    demand(
        len(documents) == 1, f"{len(documents)} are seen under {reference}, and one was written."
    )
    return documents[0]


def _writes(case: TargetCase) -> bool:
    return "write" in case.manifest.documents[case.document].verbs
