"""A refund is credited once, when its money has gone back and its order is at the target."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from credits import credited, paid, refund
from ends import order
from flow_stage import Stage
from msgspec.structs import replace
from parcels import Parcels
from steps import causes, path, swept, unanswered

from counterfoil.flows.order import Gates as OrderGates
from counterfoil.flows.refund import RULES, Gates, within
from counterfoil.flows.route import Need
from counterfoil.flows.rules import stopped
from counterfoil.model.line import Line, Payment
from counterfoil.model.refund import Adjustment, Back, Refund
from counterfoil.values.clock import instant

NOW = instant("2026-11-02T12:00:00Z")


@pytest.fixture
async def credits(stage: Stage) -> Parcels:
    return await credited(stage)


async def ordered(stage: Stage, number: int = 1, **changes: object) -> None:
    stage.shop.put(order(number, **changes))  # type: ignore[arg-type]
    await swept(stage)
    await stage.work()


async def told(credits: Parcels, *refunds: Refund) -> None:
    credits.depot.put(*refunds)  # type: ignore[arg-type]
    await credits.swept()
    await credits.stage.work()


def judged(one: Refund, **gates: object) -> str:
    stop = stopped(RULES, one, msgspec.convert(gates, Gates), None, NOW)
    return stop.code if stop else "goes"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({}, "goes"),
        ({"repayments": (paid("pending"),)}, "money-pending"),
        ({"repayments": (paid("failed"),)}, "money-failed"),
        ({"repayments": (paid("succeeded", 1000), paid("failed", 250))}, "money-in-part"),
        ({"repayments": (paid("failed"), paid("succeeded"))}, "goes"),
        ({"total_minor": 0, "tax_minor": 0, "lines": (), "repayments": ()}, "no-money"),
        ({"test": True}, "test"),
        ({"gone": True}, "reversed"),
    ],
)
def test_what_becomes_of_a_refund(change: dict[str, Any], code: str) -> None:
    assert judged(refund(**change)) == code  # type: ignore[arg-type]


def test_a_route_credits_the_kinds_that_it_says() -> None:
    assert judged(refund(kind="goodwill"), kinds=["return", "refund"]) == "other-kind"
    assert judged(refund(kind="goodwill"), kinds=["goodwill"]) == "goes"


def test_a_failure_says_why_in_the_providers_words() -> None:
    failed = replace(paid("failed"), failure="CARD_DECLINED")
    stop = stopped(RULES, refund(repayments=(failed,)), Gates(), None, NOW)
    assert stop is not None
    assert "CARD_DECLINED" in stop.rule


@pytest.mark.parametrize(
    ("change", "news"),
    [
        ({"reason": "It was blue"}, []),
        ({"goods": (Back("1", "TEE", 1, "return"),)}, []),
        ({"kind": "return"}, []),
        ({"total_minor": 1300, "repayments": (paid("succeeded", 1300),)}, ["total"]),
        ({"adjustments": (Adjustment("goodwill", 50),)}, ["beside"]),
        ({"repayments": (paid("failed"),)}, ["its money"]),
        ({"gone": True}, ["the refund"]),
    ],
)
def test_what_of_a_newer_version_is_news(change: dict[str, Any], news: list[str]) -> None:
    before, now = refund(), refund(**change)  # type: ignore[arg-type]
    assert [row.field for row in RULES.changes(before, now)] == news
    assert bool(RULES.quiet(before, now)) is (not news)


async def test_a_refund_names_its_order_as_the_target_calls_it(
    stage: Stage, credits: Parcels
) -> None:
    await ordered(stage)
    await told(credits, refund())
    ((reference, held),) = credits.counter.held.items()
    assert reference == "R-907001", "so that it is no order's reference"
    ((identity, _),) = stage.office.held[order(1).key]
    assert held == {"of": identity, "total": 1250}


async def test_a_refund_before_its_order_waits_for_it(stage: Stage, credits: Parcels) -> None:
    await told(credits, refund())
    assert (await credits.state("#1-R1"), credits.counter.calls) == ("waiting", [])
    await ordered(stage)
    assert await credits.state("#1-R1") == "confirmed"


async def test_a_refund_whose_order_does_not_come_is_held(stage: Stage, credits: Parcels) -> None:
    credits.again(needs={"order": Need(60)})
    await told(credits, refund())
    stage.clock.pass_(61)
    await stage.work()
    assert await causes(stage) == ["no-order"]


async def test_a_pending_refund_is_credited_once_when_its_money_went(
    stage: Stage, credits: Parcels
) -> None:
    await ordered(stage)
    await told(credits, refund(repayments=(paid("pending"),)))
    assert (await credits.state("#1-R1"), credits.counter.calls) == ("waiting", [])
    await told(credits, refund(updated="2026-11-02T11:30:00Z"))
    assert await credits.state("#1-R1") == "confirmed"
    await told(credits, refund(updated="2026-11-02T11:40:00Z", reason="Tagged"))
    assert len(credits.counter.calls) == 1


async def test_a_refund_twice_in_the_feed_is_one(stage: Stage, credits: Parcels) -> None:
    await ordered(stage)
    await told(credits, refund())
    await told(credits, refund())
    assert await path(stage, "#1-R1") == ["captured", "mapped", "sending", "delivered", "confirmed"]
    assert credits.counter.calls == ["R-907001"]


async def test_two_refunds_of_an_order_are_two_credits(stage: Stage, credits: Parcels) -> None:
    await ordered(stage)
    await told(credits, refund(1, pence=500), refund(2, pence=250))
    stage.clock.pass_(2)
    await stage.work()
    assert sorted(credits.counter.calls) == ["R-907001", "R-907002"]


async def test_a_failed_refund_is_held_and_goes_when_it_was_paid_after_all(
    stage: Stage, credits: Parcels
) -> None:
    await ordered(stage)
    await told(credits, refund(repayments=(paid("failed"),)))
    assert await causes(stage) == ["money-failed"]
    both = (paid("failed"), replace(paid("succeeded"), key="32"))
    await told(credits, refund(updated="2026-11-02T11:30:00Z", repayments=both))
    assert (await causes(stage), credits.counter.calls) == ([], ["R-907001"])


async def test_a_credit_that_changes_at_the_shop_is_held_for_a_person(
    stage: Stage, credits: Parcels
) -> None:
    await ordered(stage)
    await told(credits, refund())
    more = refund(updated="2026-11-02T11:30:00Z", pence=1300)
    await told(credits, more)
    assert await causes(stage) == ["changed-after-sent"]


async def test_an_unanswered_credit_is_looked_for_before_it_is_sent_again(
    stage: Stage, credits: Parcels
) -> None:
    await ordered(stage)
    credits.counter.answers.append(unanswered(landed=True))
    await told(credits, refund())
    assert await credits.state("#1-R1") == "in_doubt"
    stage.clock.pass_(31)
    await stage.work()
    assert (await credits.state("#1-R1"), len(credits.counter.calls)) == ("confirmed", 1)


async def test_what_went_back_before_the_order_was_sent_is_not_credited_again(
    stage: Stage, credits: Parcels
) -> None:
    after: dict[str, Any] = {"updated": "2026-11-02T11:30:00Z", "paid": "part-refunded"}
    await ordered(stage, pence=900, **after)
    await told(credits, refund(pence=350))
    assert (await credits.state("#1-R1"), credits.counter.calls) == ("excluded", [])
    await told(credits, refund(pence=350, updated="2026-11-02T11:50:00Z", reason="Tagged"))
    assert credits.counter.calls == [], "a later note makes no credit of it"


@pytest.mark.parametrize(
    ("changed", "state", "inside"),
    [
        ("2026-11-02T11:00:01Z", "part-refunded", True),
        ("2026-11-02T11:00:01Z", "paid", False),
        ("2026-11-02T11:00:00Z", "part-refunded", False),
        ("2026-11-02T11:30:00Z", "refunded", True),
    ],
)
def test_an_order_has_a_refund_in_it_where_it_was_told_after_its_money(
    changed: str, state: str, inside: bool
) -> None:
    assert within(refund(), order(1, updated=changed, paid=state)) is inside


PAID: dict[str, Any] = {"payments": (Payment("card", 1250, state="received"),)}
LESS: dict[str, Any] = {
    "payments": (Payment("card", 900, state="received"),),
    "paid": "part-refunded",
}


@pytest.mark.parametrize(
    ("gate", "change", "waits"),
    [
        ("hold", {}, True),
        ("apart", {}, False),
        ("apart", {"note": "Ring the bell"}, True),
        ("apart", {"payments": (Payment("card", 1000, state="received"),)}, True),
        ("apart", {"lines": (Line("1", "TEE", "Tee", 2, 450, 0, 150, "0.2"),)}, True),
    ],
)
async def test_an_order_that_is_less_by_what_was_paid_back_alone_is_told_by_its_refund(
    stage: Stage, gate: str, change: dict[str, Any], waits: bool
) -> None:
    stage.again(gates=OrderGates(paid_back=gate))  # type: ignore[arg-type]
    await ordered(stage, **PAID)
    await ordered(stage, version=1, pence=900, **{**LESS, **change})
    assert (await causes(stage) == ["changed-after-sent"]) is waits
    assert (await stage.states())["#1"] == ("held" if waits else "merged")
