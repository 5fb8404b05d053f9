"""A write of several calls: each is stated, answered and looked up by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec
import pytest
from dying import Dying, Killed
from ends import Office, order
from flow_stage import Stage
from steps import causes, colleague, path, swept, unanswered, waited

from counterfoil.flows.work import work
from counterfoil.kit.connector import Answer, Intent, Partly, Pending, Step, Written
from counterfoil.kit.manifest import Carries, StepClass
from counterfoil.ledger.account import State
from counterfoil.model.order import Order
from counterfoil.values.errors import CounterfoilError, Hold, Refuse, Retry, Settle
from counterfoil.values.ids import PageId

NOTE, PAY = f"{order(1).key}", f"{order(1).key}/pay"


@dataclass
class Books(Office):
    """Books that take a note first, and then its payment, which names the note as they do."""

    made: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    by_step: dict[str, list[Answer]] = field(default_factory=dict)
    jobs: dict[str, Answer] = field(default_factory=dict)
    asked: int = 0

    def compose(self, document: Order) -> Intent:
        plain = super().compose(document)
        steps = (
            Step("note", document.key, plain.payload, key="k1"),
            Step("payment", f"{document.key}/pay", b"pays", key="k2"),
        )
        return msgspec.structs.replace(plain, payload=b"", steps=steps)

    async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:  # type: ignore[override]
        return [self._step(intent) for intent in intents]

    def _step(self, intent: Intent) -> Answer:
        self.calls.append(intent.step)
        answers = self.by_step.get(intent.step, [])
        answer = answers.pop(0) if answers else Written(f"{intent.step}-{intent.reference}")
        failed = isinstance(answer, CounterfoilError) and not getattr(answer, "landed", False)
        if failed or isinstance(answer, Pending):
            return answer
        if intent.step == "payment":
            assert intent.earlier["note"].identity == f"note-{order(1).key}"
        self.keys.append(intent.key)
        self.put(intent.reference, intent.step)
        return answer

    def put(self, reference: str, step: str) -> None:
        fields = self.compose_fields if step == "note" else {"paid": True}
        self.made.append(step)
        self.held.setdefault(reference, []).append((f"{step}-{reference}", fields))

    @property
    def compose_fields(self) -> Mapping[str, object]:
        return super().compose(order(1)).expect

    async def outcome(self, tickets: Sequence[str]) -> Mapping[str, Answer]:
        self.asked += 1
        return {ticket: self.jobs[ticket] for ticket in tickets if ticket in self.jobs}


STEPS = {
    "note": StepClass("C", "a test"),
    "payment": StepClass("C", "a test"),
}


@pytest.fixture
def books(stage: Stage) -> Books:
    books = stage.office = Books()
    carry(stage, steps=STEPS)
    return books


def carry(stage: Stage, **changes: object) -> None:
    carries = Carries(("write", "read"), "a test", in_doubt="C", reads=250, **changes)  # type: ignore[arg-type]
    stage.route = msgspec.structs.replace(stage.route, target=stage.office, carries=carries)
    stage.engine.routes = {stage.route.id: stage.route}


async def moved(stage: Stage) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work()


async def state(stage: Stage) -> str:
    return (await stage.states())["#1"]


async def test_the_steps_leave_one_after_the_other_and_each_is_stated_before(
    stage: Stage, books: Books
) -> None:
    await moved(stage)
    assert (books.calls, books.keys) == (["note", "payment"], ["k1", "k2"])
    assert await state(stage) == "confirmed"
    assert await path(stage, "#1") == [
        "captured", "mapped", "sending", "sending", "delivered", "confirmed",
    ]  # fmt: skip
    rows = await stage.database._pool.fetch("select identity from thread")
    assert rows[0]["identity"] == f"note-{order(1).key}"


@pytest.mark.parametrize("landed", [True, False])
@pytest.mark.parametrize("step", ["note", "payment"])
async def test_a_step_that_is_not_answered_is_looked_up_by_its_own_reference(
    stage: Stage, books: Books, step: str, landed: bool
) -> None:
    books.by_step = {step: [unanswered(landed=landed)]}
    await moved(stage)
    assert await state(stage) == "in_doubt"
    await waited(stage)
    assert (await state(stage), books.made) == ("confirmed", ["note", "payment"])


async def test_each_step_has_its_own_class(stage: Stage, books: Books) -> None:
    carry(stage, steps={**STEPS, "payment": StepClass("B", "a test")})
    books.by_step = {"payment": [unanswered(landed=False)]}
    await moved(stage)
    assert (await state(stage), books.calls) == ("confirmed", ["note", "payment", "payment"])
    assert await causes(stage) == []


async def test_the_key_of_a_step_has_its_own_life(stage: Stage, books: Books) -> None:
    carry(stage, steps={**STEPS, "payment": StepClass("A", "a test", key_life_s=20.0)})
    books.by_step = {"payment": [unanswered(landed=True)]}
    stage.shop.put(order(1))
    await swept(stage)
    await stage.work(rounds=1)
    stage.clock.pass_(11)
    await stage.work()
    assert books.calls == ["note", "payment"]
    await waited(stage)
    assert (await state(stage), books.made) == ("confirmed", ["note", "payment"])


@pytest.mark.parametrize("answer", [Hold("No.", code="locked"), Refuse("Never.", code="closed")])
async def test_what_is_half_done_differs_and_is_never_held(
    stage: Stage, books: Books, answer: CounterfoilError
) -> None:
    books.by_step = {"payment": [answer]}
    await moved(stage)
    assert (await state(stage), await causes(stage)) == ("drifted", ["partly-there"])
    (row,) = await stage.database.rows("list_holds", None, None, 10, 0)
    assert row["said"].startswith(f"Order #1 is at the target as note-{order(1).key}, but not all")


async def test_what_is_refused_at_its_first_step_is_held_as_ever(
    stage: Stage, books: Books
) -> None:
    books.by_step = {"note": [Hold("No.", code="locked")]}
    await moved(stage)
    assert (await state(stage), await causes(stage)) == ("held", ["locked"])


async def test_a_step_is_tried_again_where_nothing_of_it_landed(stage: Stage, books: Books) -> None:
    books.by_step = {"payment": [Retry("Busy.", after_s=1)]}
    await moved(stage)
    assert await state(stage) == "mapped"
    await waited(stage)
    assert (await state(stage), books.calls) == ("confirmed", ["note", "payment", "payment"])


async def test_a_newer_version_waits_until_what_is_half_done_is_finished(
    stage: Stage, books: Books
) -> None:
    books.by_step = {"payment": [Retry("Busy.", after_s=1)]}
    await moved(stage)
    stage.shop.put(order(1, version=1, pence=1500))
    await swept(stage)
    await waited(stage)
    rows = await stage.database._pool.fetch("select state from record order by id")
    assert [State(row["state"]).word for row in rows] == ["confirmed", "held"]
    assert books.made == ["note", "payment"]
    assert await causes(stage) == ["changed-after-sent"]


async def test_where_the_rest_can_be_made_no_longer_it_differs(stage: Stage, books: Books) -> None:
    books.by_step = {"payment": [Retry("Busy.", after_s=1)]}
    await moved(stage)
    real = books.compose

    def otherwise(document: Order) -> Intent:
        intent = real(document)
        steps = (intent.steps[0], msgspec.structs.replace(intent.steps[1], payload=b"other"))
        return msgspec.structs.replace(intent, steps=steps)

    books.compose = otherwise  # type: ignore[method-assign]
    await waited(stage)
    assert (await state(stage), books.made) == ("drifted", ["note"])


@pytest.mark.parametrize("after", range(6))
async def test_a_kill_after_any_commit_leaves_nothing_twice_and_nothing_out(
    stage: Stage, books: Books, after: int
) -> None:
    stage.shop.put(order(1))
    await swept(stage)
    (row,) = await stage.database.rows("idle_pages", stage.clock.now().to_stdlib(), 0, 10)
    stage.engine.database = Dying(stage.database, after)  # type: ignore[assignment]
    with suppress(Killed):
        await work(stage.engine, PageId(row["id"]))
    stage.clock.pass_(10)
    stage.engine = colleague(stage, "w2")
    await waited(stage)
    assert (await state(stage), books.made) == ("confirmed", ["note", "payment"])


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", ["note", "payment"])
async def test_a_kill_around_a_call_resumes_at_the_first_step_that_is_not_proven(
    stage: Stage, books: Books, step: str, when: str
) -> None:
    whole, dead = books._step, 0

    def dying(intent: Intent) -> Answer:
        nonlocal dead
        if intent.step != step or dead:
            return whole(intent)
        dead += 1
        if when == "after":
            whole(intent)
        raise Killed

    books._step = dying  # type: ignore[method-assign]
    stage.shop.put(order(1))
    await swept(stage)
    (row,) = await stage.database.rows("idle_pages", stage.clock.now().to_stdlib(), 0, 10)
    with pytest.raises(Killed):
        await work(stage.engine, PageId(row["id"]))
    stage.clock.pass_(10)
    stage.engine = colleague(stage, "w2")
    await waited(stage)
    assert (await state(stage), books.made) == ("confirmed", ["note", "payment"])


async def test_what_is_taken_in_part_is_there_and_differs(stage: Stage) -> None:
    class Half(Office):
        async def write(self, intents: Sequence[Intent]) -> Sequence[Answer]:  # type: ignore[override]
            await super().write(intents)
            return [Partly("OR1", Hold("Line 2 was not taken.", code="bad-line"))]

    stage.office = Half()
    carry(stage)
    await moved(stage)
    assert (await state(stage), await causes(stage)) == ("drifted", ["partly-there"])
    rows = await stage.database._pool.fetch("select identity from thread")
    assert rows[0]["identity"] == "OR1"


JOB = Pending("job-7", 60.0)


@pytest.fixture
def later_books(stage: Stage) -> Books:
    """Books of which the note is done later."""
    books = stage.office = Books()
    carry(stage, steps=STEPS, jobs=True)
    books.by_step = {"note": [JOB]}
    return books


async def test_a_job_is_asked_for_and_nothing_is_sent_while_it_lives(
    stage: Stage, later_books: Books
) -> None:
    later_books.jobs = {"job-7": Pending("job-7", 60.0)}
    await moved(stage)
    assert (await state(stage), later_books.asked) == ("in_doubt", 0)
    for _ in range(10):
        stage.clock.pass_(61)
        await stage.work()
    assert (later_books.calls, later_books.asked) == (["note"], 10)
    later_books.put(NOTE, "note")
    later_books.jobs = {"job-7": Written(f"note-{NOTE}")}
    stage.clock.pass_(61)
    await stage.work()
    assert (await state(stage), later_books.made) == ("confirmed", ["note", "payment"])
    assert await stage.database._pool.fetchval("select count(*) from ticket") == 0


async def test_a_job_that_nobody_knows_any_more_is_looked_for(
    stage: Stage, later_books: Books
) -> None:
    await moved(stage)
    later_books.put(NOTE, "note")
    await waited(stage)
    assert (await state(stage), later_books.made) == ("confirmed", ["note", "payment"])


@pytest.mark.parametrize(
    ("answer", "end"),
    [
        (Hold("No.", code="locked"), "held"),
        (Settle("Lost."), "confirmed"),
        (Retry("Again.", after_s=1), "confirmed"),
        (Partly("x", Hold("Half.", code="locked")), "drifted"),
    ],
    ids=["held", "unknown", "nothing landed", "partly"],
)
async def test_what_a_job_came_to(
    stage: Stage, later_books: Books, answer: Answer, end: str
) -> None:
    later_books.jobs = {"job-7": answer}
    await moved(stage)
    stage.clock.pass_(61)
    await waited(stage)
    await waited(stage)
    assert await state(stage) == end


async def test_a_target_that_does_not_say_what_came_of_a_job_is_asked_again(
    stage: Stage, later_books: Books
) -> None:
    await moved(stage)

    async def away(tickets: Sequence[str]) -> Mapping[str, Answer]:
        raise Retry("Busy.", after_s=5)

    real, later_books.outcome = later_books.outcome, away  # type: ignore[method-assign]
    stage.clock.pass_(61)
    await stage.work()
    assert (await state(stage), later_books.calls) == ("in_doubt", ["note"])
    later_books.outcome = real  # type: ignore[method-assign]
    later_books.put(NOTE, "note")
    later_books.jobs = {"job-7": Written(f"note-{NOTE}")}
    stage.clock.pass_(61)
    await stage.work()
    assert await state(stage) == "confirmed"
