"""The rules about upserts, levels, steps and jobs bite: each is broken by a target that does just
that wrong."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from counterfoil.kit.connector import (
    ALONE,
    Answer,
    Connector,
    Inputs,
    Intent,
    Pending,
    Seen,
    Step,
    Written,
)
from counterfoil.kit.contract import RULES, Stage, StoppedClock
from counterfoil.kit.contract.case import Broken, Subject
from counterfoil.kit.contract.rule import Trial
from counterfoil.kit.contract.stage import StageMaker
from counterfoil.model.words import Word
from counterfoil.values.errors import CounterfoilError, Settle
from tests.kit.acme import TARGETS, Jobs, Levels, Side, Thing, Things, acme, stage

NAMED = {rule.name: rule for rule in RULES}
HERE = Path(__file__).parent


async def broken(name: str, connector: Connector, made: StageMaker = stage) -> str:
    """What the rule says of the connector; empty where it is kept."""
    rule = NAMED[name]
    try:
        for document in rule.applies(connector.manifest):
            await rule.run(Trial(Subject(connector, HERE, HERE, frozenset(NAMED)), made, document))
    except Broken as said:
        return str(said) or "broken"
    return ""


class AddsAnother(Things):
    """Makes a second document of one that was changed."""

    def _payload(self, reference: str, pieces: int, was: int | None = None) -> bytes:
        told = {"kind": "other", "reference": reference, "pieces": pieces}
        return msgspec.json.encode(told)


class KeepsTheFirst(Things):
    """Takes a change, and does nothing with it."""

    async def put(self, payload: bytes) -> Answer:
        reference = msgspec.json.decode(payload)["reference"]
        rows = await self.rows([reference])
        return Written(rows[0].identity) if rows else await super().put(payload)


class NamesByContent(Things):
    def compose(self, document: Thing, inputs: Inputs = ALONE) -> Intent:
        renamed = Thing(f"{document.key}-{document.pieces}", document.pieces)
        return super().compose(renamed, inputs)


class NeverLowers(Levels):
    """Sets a level only where it is more than the one that stands."""

    async def put(self, payload: bytes) -> Answer:
        level = msgspec.json.decode(payload)
        rows = await self.rows([level["reference"]])
        if rows and rows[0].pieces > level["pieces"]:
            return Written(rows[0].identity)
        return await super().put(payload)


class DoesNotCompare(Levels):
    def _payload(self, reference: str, pieces: int, was: int | None = None) -> bytes:
        return super()._payload(reference, pieces)


class DoubtsARefusal(Levels):
    """Says of a level that was refused that nobody knows."""

    async def put(self, payload: bytes) -> Answer:
        try:
            return await super().put(payload)
        except CounterfoilError as error:
            raise Settle(error.said) from None


class SharesAReference(Things):
    def compose(self, document: Thing, inputs: Inputs = ALONE) -> Intent:
        intent = super().compose(document, inputs)
        steps = tuple(
            Step(step.name, intent.reference, self._payload(intent.reference, document.pieces))
            for step in intent.steps
        )
        return msgspec.structs.replace(intent, steps=steps)


class NamesNoStep(Things):
    def compose(self, document: Thing, inputs: Inputs = ALONE) -> Intent:
        intent = super().compose(document, inputs)
        steps = tuple(msgspec.structs.replace(step, name="x" + step.name) for step in intent.steps)
        return msgspec.structs.replace(intent, steps=steps)


class MakesAllAtOnce(Things):
    """Makes the payment with the note, and once more in its own turn."""

    async def put(self, payload: bytes) -> Answer:
        step = msgspec.json.decode(payload)
        if not step["reference"].endswith("-P"):
            step["reference"] += "-P"
            await super().put(msgspec.json.encode(step))
        return await super().put(payload)


class RepeatsTheNote(Things):
    """Makes the note again with its payment."""

    async def put(self, payload: bytes) -> Answer:
        step = msgspec.json.decode(payload)
        if step["reference"].endswith("-P"):
            step["reference"] = step["reference"].removesuffix("-P")
            await super().put(msgspec.json.encode(step))
        return await super().put(payload)


class FindsTheNoteOnly(Things):
    """Finds nothing by the reference of a payment."""

    async def read(self, references: Sequence[str]) -> Mapping[str, Sequence[Seen]]:
        return await super().read([name for name in references if not name.endswith("-P")])


class BelievesASilence(Things):
    async def put(self, payload: bytes) -> Answer:
        try:
            return await super().put(payload)
        except Settle:
            return Written("A0")


class NeverEnds(Jobs):
    async def outcome(self, tickets: Sequence[str]) -> Mapping[str, Answer]:
        return {ticket: Pending(ticket, 5.0) for ticket in tickets}


class ForgetsItsJobs(Jobs):
    async def outcome(self, tickets: Sequence[str]) -> Mapping[str, Answer]:
        return {}


class KnowsEveryTicket(Jobs):
    async def outcome(self, tickets: Sequence[str]) -> Mapping[str, Answer]:
        return {**dict.fromkeys(tickets, Written("A0")), **await super().outcome(tickets)}


class DoesItAtOnce(Jobs):
    async def put(self, payload: bytes) -> Answer:
        job = {**msgspec.json.decode(payload), "kind": "now"}
        return await super().put(msgspec.json.encode(job))


class GivesNoTicket(Jobs):
    async def put(self, payload: bytes) -> Answer:
        answer = await super().put(payload)
        return Pending("", 5.0) if isinstance(answer, Pending) else answer


WORSE: list[tuple[str, Word, type[Things]]] = [
    ("an_upsert_leaves_one_and_the_newest", "product", AddsAnother),
    ("an_upsert_leaves_one_and_the_newest", "product", KeepsTheFirst),
    ("an_upsert_leaves_one_and_the_newest", "product", NamesByContent),
    ("a_level_is_what_was_said_last", "stock", NeverLowers),
    ("an_old_level_never_follows_a_new_one", "stock", DoesNotCompare),
    ("an_old_level_never_follows_a_new_one", "stock", DoubtsARefusal),
    ("each_step_is_found_by_its_own_reference", "refund", SharesAReference),
    ("each_step_is_found_by_its_own_reference", "refund", NamesNoStep),
    ("each_step_is_found_by_its_own_reference", "refund", MakesAllAtOnce),
    ("each_step_is_found_by_its_own_reference", "refund", FindsTheNoteOnly),
    ("a_step_is_not_repeated_by_the_next", "refund", RepeatsTheNote),
    ("an_unanswered_step_is_found_once", "refund", BelievesASilence),
    ("an_unanswered_step_is_found_once", "refund", FindsTheNoteOnly),
    ("an_accepted_job_tells_its_end", "settlement", NeverEnds),
    ("an_accepted_job_tells_its_end", "settlement", ForgetsItsJobs),
    ("an_accepted_job_tells_its_end", "settlement", KnowsEveryTicket),
    ("an_accepted_job_tells_its_end", "settlement", DoesItAtOnce),
    ("an_accepted_job_tells_its_end", "settlement", GivesNoTicket),
]


@pytest.mark.parametrize(("rule", "word", "worse"), WORSE)
async def test_a_worse_target_is_found_out(rule: str, word: Word, worse: type[Things]) -> None:
    assert await broken(rule, acme(word)) == ""
    assert await broken(rule, acme(word, worse)) != ""


@pytest.mark.parametrize("word", TARGETS)
async def test_an_honest_target_keeps_every_rule_about_writing(word: Word) -> None:
    """Steps are written one after the other and jobs are waited for, whatever the rule is about."""
    connector = acme(word)
    about_writing = [
        "composing_is_pure",
        "no_float_is_composed",
        "the_payload_carries_its_reference",
        "what_was_written_is_seen",
        "every_document_has_its_answer",
        "a_repeated_write_does_what_its_class_says",
        "what_is_not_held_is_left_out",
        "what_is_there_is_told_of_each",
    ]
    for rule in about_writing:
        assert await broken(rule, connector) == "", rule


def test_each_of_these_rules_is_tried_where_the_manifest_says_so_and_nowhere_else() -> None:
    ours = {rule for rule, _, _ in WORSE}
    tried = {
        word: {name for name in ours if [*NAMED[name].applies(acme(word).manifest)]}
        for word in TARGETS
    }
    assert tried == {
        word: {rule for rule, document, _ in WORSE if document == word} for word in TARGETS
    }


async def test_a_stage_that_cannot_change_a_document_is_told_so() -> None:
    class Unchanging:
        def __init__(self, side: Side) -> None:
            self.document, self.held, self.unmapped = side.document, side.held, side.unmapped

    @contextmanager
    def unchanging(clock: StoppedClock) -> Generator[Stage]:
        with stage(clock) as whole:
            whole.receivers = {word: Unchanging(side) for word, side in whole.receivers.items()}  # type: ignore[arg-type]
            yield whole

    said = await broken("an_upsert_leaves_one_and_the_newest", acme("product"), unchanging)
    assert "has no `changed`" in said
