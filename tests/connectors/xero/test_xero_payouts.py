"""Payouts in Xero: what is kept and a transfer, over a clearing account that returns to zero."""

from __future__ import annotations

import json
from collections.abc import Generator
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from counterfoil.connectors.xero import CONNECTOR
from counterfoil.connectors.xero.settlement import KINDS
from counterfoil.kit.connector import Intent, Target, Written
from counterfoil.kit.contract import Case, at_stage
from counterfoil.mapping.clearing import TRADE
from counterfoil.model.settlement import Row, Settlement
from counterfoil.twins.xero import XeroTwin
from counterfoil.twins.xero.settlement import moved
from counterfoil.values.errors import Hold, Settle
from tests.connectors.xero.xero_payouts import paid_out
from tests.connectors.xero.xero_stage import stage

CASES = Path(__file__).resolve().parents[4] / "shared" / "cases" / "xero"
CLEARING, BANK = "851", "090"


@pytest.fixture
def case() -> Generator[Case]:
    with at_stage(CONNECTOR, stage) as opened:
        yield opened


@pytest.fixture
def target(case: Case) -> Target[Settlement]:
    return case.open().target("settlement")


@pytest.fixture
def twin(case: Case) -> XeroTwin:
    receiver: Any = case.stage.receivers["settlement"]
    return receiver.twin


async def posted(target: Target[Settlement], payout: Settlement) -> Intent:
    intent = target.compose(payout)
    done: list[Written] = []
    for _ in intent.steps:
        (answer,) = await target.write([intent.call(done)])
        assert isinstance(answer, Written), answer
        done.append(answer)
    return intent


def paid(payout: Settlement) -> Decimal:
    """What payments of invoices and credit notes have brought to the clearing account before."""
    return Decimal(sum(row.amount_minor for row in payout.rows if row.kind in TRADE)) / 100


@pytest.mark.parametrize("number", range(1, 9))
async def test_the_clearing_account_returns_to_zero_by_xeros_own_count(
    target: Target[Settlement], twin: XeroTwin, number: int
) -> None:
    payout = paid_out(number)
    await posted(target, payout)
    assert paid(payout) + moved(twin.books, CLEARING) == 0
    assert moved(twin.books, BANK) == Decimal(payout.net_minor) / 100


async def test_what_stands_there_is_what_was_posted_part_by_part(
    target: Target[Settlement],
) -> None:
    for number in (1, 4):
        intent = await posted(target, paid_out(number))
        seen = await target.read([intent.reference])
        (document,) = seen[intent.reference]
        assert {name: document.fields[name] for name in intent.expect} == intent.expect
        assert document.fields.keys() == intent.expect.keys(), "and nothing else"


async def test_each_kind_goes_to_its_own_account(target: Target[Settlement]) -> None:
    intent = target.compose(paid_out(1))
    assert [step.name for step in intent.steps] == ["costs", "credits", "transfer"]
    assert intent.expect == {
        "costs[404]": 1120, "costs[820]": 224, "costs[310]": 799, "credits[610]": 5001,
        "transfer": 61349, "date": "2026-10-05", "clearing": CLEARING,
    }  # fmt: skip
    assert {name.partition("[")[0] for name in intent.expect} == KINDS.keys()
    assert intent.not_compared == ("accounts",)


async def test_one_that_takes_more_than_it_pays_comes_from_the_bank(
    target: Target[Settlement], twin: XeroTwin
) -> None:
    payout = paid_out(4)
    assert payout.net_minor < 0
    intent = await posted(target, payout)
    assert intent.expect["transfer"] == payout.net_minor
    assert moved(twin.books, BANK) < 0


async def test_what_was_posted_twice_is_seen(case: Case, target: Target[Settlement]) -> None:
    intent = await posted(target, paid_out(1))
    case.clock.move(400.0)  # Xero honours the key of a call for some minutes only
    step = next(step for step in intent.steps if step.name == "transfer")
    (answer,) = await target.write(
        [Intent(step.reference, step.payload, {}, step="transfer", key="")]
    )
    assert isinstance(answer, Written), "nothing there is unique: the same is made once more"
    (first, second) = (await target.read([step.reference]))[step.reference]
    assert first.fields["transfer"] == second.fields["transfer"] == 2 * 61349


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"currency": "EUR"}, "unmapped-value"),
        ({"currency": "USD"}, "currency"),
        ({"net_minor": 1}, "payout-differs"),
        ({"key": '1" OR Status=="AUTHORISED'}, "too-wide"),
    ],
)
async def test_what_cannot_be_posted_is_held(
    target: Target[Settlement], fields: dict[str, Any], code: str
) -> None:
    with pytest.raises(Hold) as told:
        target.compose(msgspec.structs.replace(paid_out(1), **fields))
    assert told.value.code == code


async def test_a_payout_that_moves_nothing_is_not_posted(target: Target[Settlement]) -> None:
    rows = (Row("1", "charge", 100, 100), Row("2", "refund", -100, -100))
    with pytest.raises(Hold, match="moves nothing"):
        target.compose(msgspec.structs.replace(paid_out(1), rows=rows, net_minor=0))


async def test_a_lock_date_is_told_as_such(case: Case) -> None:
    receiver: Any = case.stage.receivers["settlement"]
    books = receiver.twin.books
    books.site = msgspec.structs.replace(books.site, locked_until="2026-12-01")
    target = case.open().target("settlement")
    intent = target.compose(paid_out(1))
    (answer,) = await target.write([intent.call([])])
    assert isinstance(answer, Hold)
    assert answer.code == "locked-period"


@pytest.mark.skipif(not CASES.is_dir(), reason="the recordings are not beside us")
async def test_a_recorded_bank_transaction_is_taken_as_made_and_read(case: Case) -> None:
    told = json.loads((CASES / "bank_transactions" / "live-put.json").read_text("utf-8"))
    body = json.dumps(told["response"]).encode()
    target = case.open().target("settlement")
    await case.open().probe()
    intent = Intent("Test transaction", b"{}", {}, step="costs")
    with case.postman.answering(200, body):
        (answer,) = await target.write([intent])
    assert answer == Written("8b3df47a-0132-4f97-a1f2-791240209058", "Test transaction")
    with case.postman.answering(200, body):
        answer = (await target.write([Intent("another", b"{}", {}, step="costs")]))[0]
        assert isinstance(answer, Settle), "an answer about something else proves nothing"
