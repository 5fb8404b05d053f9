"""Which fulfilments a route tells, when, and what of a newer version is news."""

from __future__ import annotations

from typing import Any

import pytest
from flow_stage import Stage
from msgspec.structs import replace
from parcels import RULES as PARCELS
from parcels import Parcel, Parcels, laid
from steps import path

from counterfoil.flows import rulebook
from counterfoil.flows.fulfilment import RULES, Gates
from counterfoil.flows.rules import GOES, Waits, stopped
from counterfoil.model.document import Ref
from counterfoil.model.fulfilment import Fulfilment, Sent, Short
from counterfoil.model.fulfilment import Parcel as Box
from counterfoil.values.clock import instant, later
from counterfoil.values.errors import Hold, Refuse

LEFT = instant("2026-11-02T11:00:00Z")
DESPATCH = Fulfilment(
    key="7", number="DN7", order="90001", order_number="OR104001", status="shipped",
    created=LEFT.format_iso(), updated=LEFT.format_iso(), moved=LEFT.format_iso(),
    holds=(Sent("TEE", 2),), parcels=(Box("DPD", tracking="T1"),),
)  # fmt: skip
UNTRACKED = replace(DESPATCH, parcels=())


def judged(despatch: Fulfilment, after_s: float = 0.0, **gates: Any) -> str:
    stop = stopped(RULES, despatch, Gates(**gates), None, later(LEFT, after_s))
    return stop.code if stop else "goes"


@pytest.mark.parametrize("status", ["planned", "picking", "packed"])
def test_what_is_still_here_is_left_out_until_it_leaves(status: Any) -> None:
    assert judged(replace(DESPATCH, status=status)) == "not-shipped"


@pytest.mark.parametrize("status", ["shipped", "delivered", "failed"])
def test_what_has_left_goes(status: Any) -> None:
    assert judged(replace(DESPATCH, status=status)) == "goes"


def test_what_was_made_void_before_it_was_told_is_left_out() -> None:
    assert judged(replace(DESPATCH, status="void")) == "void"


def test_a_route_tells_the_directions_that_it_says() -> None:
    back = replace(UNTRACKED, direction="back")
    assert judged(back) == "other-direction"
    assert judged(back, directions=("out", "back")) == "goes", "nobody follows what came back"


def test_one_without_a_number_waits_for_it_and_then_goes_without() -> None:
    assert judged(UNTRACKED, 3599) == "no-tracking"
    assert judged(UNTRACKED, 3600) == "goes"
    assert judged(UNTRACKED, 30, tracking_wait_s=20.0) == "goes"
    assert judged(UNTRACKED, tracking_wait_s=0.0) == "goes"


def test_whoever_is_told_must_know_the_order() -> None:
    assert RULES.needs(DESPATCH, Gates()) == (Ref("order", "90001"),)


def test_a_step_that_cannot_be_is_refused_with_the_reason() -> None:
    delivered = replace(DESPATCH, status="delivered")
    with pytest.raises(Refuse, match="was delivered, and is picking now: that cannot be") as told:
        RULES.follows(delivered, replace(DESPATCH, status="picking"))
    assert told.value.code == "illegal-step"
    RULES.follows(DESPATCH, delivered)
    RULES.follows(DESPATCH, replace(DESPATCH, status="void"))


def test_goods_and_parcels_are_news_and_the_rest_is_not() -> None:
    def news(**changes: Any) -> list[str]:
        return [change.field for change in RULES.changes(DESPATCH, replace(DESPATCH, **changes))]

    assert news(parcels=(Box("DPD", tracking="T2", url="https://t/2"),)) == ["tracking", "url"]
    assert news(parcels=(Box("Evri", tracking="T1"),)) == ["carrier"]
    assert news(holds=(Sent("TEE", 1), Sent("CAP", 1))) == ["CAP", "TEE"]
    assert news(holds=(Sent("TEE", 1), Sent("TEE", 1))) == [], "by goods, and not by rows"
    assert news(status="void") == ["the fulfilment"]
    assert news(status="delivered", place="B", shorts=(Short("CAP", 1),)) == []
    quiet = RULES.quiet(DESPATCH, replace(DESPATCH, status="delivered", shorts=(Short("CAP", 1),)))
    assert [change.said for change in quiet] == [
        "status shipped → delivered", "shorts nothing → 1 x CAP",
    ]  # fmt: skip


def test_it_has_no_note_that_could_take_what_would_be_lost() -> None:
    with pytest.raises(Hold) as held:
        RULES.noted(DESPATCH, "Shorts: 1 x CAP")
    assert held.value.code == "would-be-lost"


# --- how the engine takes it ---


@pytest.fixture
async def parcels(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Parcels:
    parcels = await laid(stage, monkeypatch)
    until = later(stage.clock.now(), 60)

    def standing(parcel: Parcel, gates: object) -> object:
        return GOES if parcel.tracking else Waits("no-tracking", "it waits for its number", until)

    def follows(before: Parcel, now: Parcel) -> None:
        if now.tracking == "never":
            raise Refuse("That cannot be.", do="Correct it.", code="illegal-step")

    rules = replace(PARCELS, standing=standing, follows=follows)
    monkeypatch.setitem(rulebook.RULEBOOK, "fulfilment", rules)  # type: ignore[arg-type]
    parcels.carrying(verbs=("write", "read", "amend"))
    return parcels


async def swept(parcels: Parcels, *some: Parcel) -> None:
    parcels.depot.put(*some)
    await parcels.swept()
    await parcels.stage.work()


async def test_it_waits_until_its_moment_and_goes_then_without_a_newer_version(
    stage: Stage, parcels: Parcels
) -> None:
    await swept(parcels, Parcel("P1"))
    assert (await parcels.state("P1"), parcels.counter.calls) == ("waiting", [])
    stage.clock.pass_(59)
    await stage.work()
    assert await parcels.state("P1") == "waiting"
    stage.clock.pass_(1)
    await stage.work()
    assert await parcels.state("P1") == "confirmed"
    assert await path(stage, "P1") == [
        "captured", "waiting", "captured", "mapped", "sending", "delivered", "confirmed",
    ]  # fmt: skip


async def test_the_newer_version_that_it_waits_for_goes_in_its_place(
    stage: Stage, parcels: Parcels
) -> None:
    await swept(parcels, Parcel("P1"))
    await swept(parcels, Parcel("P1", updated="2026-11-02T12:00:30Z", tracking="T1"))
    assert await parcels.state("P1") == "confirmed"
    stage.clock.pass_(120)
    await stage.work()
    assert parcels.counter.calls == ["P1"], "the one that waited is told no more"


async def test_one_that_was_told_without_its_number_is_amended_when_that_comes(
    stage: Stage, parcels: Parcels
) -> None:
    await swept(parcels, Parcel("P1"))
    stage.clock.pass_(60)
    await stage.work()
    await swept(parcels, Parcel("P1", updated="2026-11-02T13:00:30Z", tracking="T1"))
    assert parcels.counter.calls == ["P1", "P1"]
    assert parcels.counter.held["P1"]["tracking"] == "T1"
    assert await parcels.state("P1") == "confirmed"


async def test_a_version_that_cannot_follow_what_was_told_is_refused(
    stage: Stage, parcels: Parcels
) -> None:
    await swept(parcels, Parcel("P1", tracking="T1"))
    await swept(parcels, Parcel("P1", updated="2026-11-02T13:00:30Z", tracking="never"))
    assert await parcels.state("P1") == "refused"
    assert parcels.counter.calls == ["P1"]
