"""The proof: what the journal says of itself, read again from its first line."""

from __future__ import annotations

import pytest
from ends import order
from flow_stage import HandClock, Stage
from steps import swept, unanswered

from counterfoil.flows.balance import proven
from counterfoil.flows.census import Window, census
from counterfoil.values.clock import Instant, instant

DAY = Window(instant("2026-11-02T00:00:00Z"), instant("2026-11-03T00:00:00Z"))


class FineClock(HandClock):
    """A clock that tells nanoseconds, as machines do, and never stands still."""

    def now(self) -> Instant:
        self.moment = self.moment.add(nanoseconds=10_001_234)
        return self.moment


async def test_a_journal_written_by_a_fine_clock_proves_itself(stage: Stage) -> None:
    stage.engine.clock = FineClock()
    stage.office.answers = [unanswered(landed=True)]
    stage.shop.put(*(order(number) for number in range(1, 20)))
    await swept(stage)
    for _ in range(6):
        stage.clock.pass_(60)
        stage.engine.clock.moment = stage.clock.moment
        await stage.work()
    assert set((await stage.states()).values()) == {"confirmed"}
    proof = await proven(stage.database)
    assert (proof.holds, proof.records) == (True, 19)
    assert proof.postings >= 4


HURTS = {
    "a record's place": "update record set state = 9 where id = (select min(id) from record)",
    "an entry's words": "update run set details[1] = details[1] || ' ' where seq = 2",
    "the words of a later entry": "update run set details[3] = details[3] || ' ' where seq = 3",
    "an entry's path": "update run set path = array[2, 4]::smallint[] where path[1] = 2",
    "an entry less": "update run set records = records[2:], details = details[2:] where seq = 3",
    "an entry more": "update run set records = records || 7000::bigint where seq = 1",
    "an entry said of nobody": "update run set details = details || 'x'::text where seq = 3",
    "two entries for one another": "update run set records[1] = records[2],"
    " records[2] = records[1] where seq = 3",
    "a run less": "delete from run where seq = 3",
    "a run more": "insert into run select page, 7000, place, at, 4, 5, '{6}', records, details"
    " from run where seq = 3",
    "a run of another posting": "update run set place = 9, posting = (select min(id) from posting)"
    " where seq = 3",
    "a run of no posting": "update run set posting = 7000 where seq = 3",
    "a run of another page": "update run set page = 7000 where seq = 3",
    "a run of another moment": "update run set at = at + interval '1 s' where seq = 3",
    "nobody in a run": "update run set records = '{}' where seq = 2",
    "a posting less": "delete from posting where digest = (select chain from page limit 1)",
    "another end": "update page set chain = 'x'",
}


@pytest.mark.parametrize("hurt", HURTS.values(), ids=HURTS.keys())
async def test_a_journal_that_was_changed_behind_the_house_proves_it(
    stage: Stage, hurt: str
) -> None:
    stage.shop.put(*(order(number) for number in range(1, 4)))
    await swept(stage)
    await stage.work()
    assert (await proven(stage.database)).holds
    async with stage.database.transaction() as unit:
        await unit.connection.execute("set local session_replication_role = replica")
        await unit.connection.execute(hurt)
    assert not (await proven(stage.database)).holds


async def test_what_listed_and_what_stands_somewhere_are_equal_to_the_penny(stage: Stage) -> None:
    stage.shop.put(
        *(order(number, pence=100 * number + 7) for number in range(1, 31)),
        order(31, note="unmapped"), order(32, test=True), order(33, cancelled=True),
    )  # fmt: skip
    stage.office.answers = [unanswered(landed=False)]
    await swept(stage)
    await stage.work()
    found = await census(stage.engine, stage.route, DAY)
    assert found.balances
    assert found.listed == 33
    assert found.accounts == {"confirmed": 29, "in_doubt": 1, "held": 1, "excluded": 2}
    assert found.money["GBP"].listed_minor == sum(100 * n + 7 for n in range(1, 31)) + 3 * 1250
