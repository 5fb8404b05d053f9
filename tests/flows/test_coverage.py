"""The words that documents had are held against the words that value maps have."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ends import order, reading
from flow_stage import Stage

from counterfoil.config.shape import Config, Estate, File, Map
from counterfoil.flows.capture import listed
from counterfoil.flows.hold import resend
from counterfoil.kit.connector import Intent
from counterfoil.mapping.valuemap import ValueMap, meeting
from counterfoil.model.order import Order
from counterfoil.surfaces.desk.coverage import Coverage, coverage
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.values.errors import Hold, Misconfigured, Retry
from counterfoil.values.money import Money

COURIERS = Map({"DPD": "7", "Post": "8"})


class Mapped:
    """An office that looks an order's note up in a map before it takes it."""

    def __init__(self, office: Any, words: Map) -> None:
        self.office = office
        self.words = words.named("couriers")

    def __getattr__(self, name: str) -> Any:
        return getattr(self.office, name)

    def compose(self, document: Order) -> Intent:
        self.words.look_up(document.note)
        return self.office.compose(document)


def mapped(stage: Stage, words: Map = COURIERS) -> None:
    import msgspec

    stage.route = msgspec.structs.replace(stage.route, target=Mapped(stage.office, words))
    stage.engine.routes = {stage.route.id: stage.route}


async def sold(stage: Stage, *notes: str, first: int = 1) -> None:
    orders = [order(first + place, note=note) for place, note in enumerate(notes)]
    await listed(stage.engine, stage.route, [reading(each) for each in orders], 80)
    await stage.work()


async def asked(stage: Stage, words: Map = COURIERS, **which: Any) -> Coverage:
    config = Config(Path("/nowhere"), File(Estate("test"), maps={"couriers": words}), {})
    return await coverage(Desk(config, stage.clock, "ada", stage.database), **which)


def rows(answer: Coverage) -> list[tuple[str, str, int, str, str]]:
    return [
        (word.word, word.standing, word.count, ", ".join(map(str, word.money)), word.owner)
        for word in answer.words
    ]


async def test_each_word_has_its_documents_and_their_money(stage: Stage) -> None:
    mapped(stage)
    await sold(stage, "DPD", "DPD", "Drone")
    assert rows(await asked(stage)) == [
        ("Drone", "unknown", 1, "£12.50", "operations"),
        ("DPD", "mapped", 2, "£25.00", ""),
        ("Post", "unseen", 0, "", ""),
    ]


async def test_an_unknown_word_is_asked_of_whoever_its_cause_is_for(stage: Stage) -> None:
    stage.again(owners={"unmapped-value": "logistics"})
    mapped(stage)
    await sold(stage, "Drone")
    (drone, *_) = (await asked(stage)).words
    assert drone.owner == "logistics"
    assert drone.money == (Money(1250, "GBP"),)


async def test_a_word_that_was_mapped_since_is_unknown_no_more(stage: Stage) -> None:
    mapped(stage)
    await sold(stage, "Drone")
    more = Map({**COURIERS.values, "Drone": "9"})
    mapped(stage, more)
    held = await stage.database._pool.fetch("select record from hold")
    await resend(stage.engine, [row["record"] for row in held], "ada")
    await stage.work()
    answer = await asked(stage, more)
    assert answer.unknown == 0
    assert ("Drone", "mapped", 1, "£12.50", "") in rows(answer)


async def test_what_a_default_stood_for_is_told_apart(stage: Stage) -> None:
    words = Map({"DPD": "7"}, default="1")
    mapped(stage, words)
    await sold(stage, "DPD", "Pigeon")
    assert rows(await asked(stage, words)) == [
        ("DPD", "mapped", 1, "£12.50", ""),
        ("Pigeon", "default", 1, "£12.50", ""),
    ]


async def test_a_document_that_is_sent_again_counts_once(stage: Stage) -> None:
    mapped(stage)
    stage.office.answers = [Retry("Busy.", after_s=1.0), Retry("Busy.", after_s=1.0)]
    await sold(stage, "DPD")
    for _ in range(3):
        stage.clock.pass_(3600.0)
        await stage.work()
    assert len(stage.office.calls) == 3
    assert rows(await asked(stage))[0][:3] == ("DPD", "mapped", 1)


async def test_only_the_last_days_are_asked_for(stage: Stage) -> None:
    mapped(stage)
    await sold(stage, "DPD")
    stage.clock.pass_(10 * 86_400.0)
    await sold(stage, "Post", first=2)
    answer = await asked(stage, days=3)
    assert [row[:3] for row in rows(answer)] == [("DPD", "unseen", 0), ("Post", "mapped", 1)]


async def test_a_map_that_there_is_not_is_named(stage: Stage) -> None:
    with pytest.raises(Misconfigured, match="no value map named 'couriors'") as wrong:
        await asked(stage, name="couriors")
    assert wrong.value.do == "Did you mean 'couriers'?"


def test_looking_up_outside_of_a_meeting_notes_nothing() -> None:
    words = ValueMap("couriers", {"DPD": "7"})
    with meeting() as met:
        words.look_up("DPD")
        with pytest.raises(Hold):
            words.look_up("Drone")
    words.look_up("DPD")
    assert [(word.word, word.known) for word in met] == [("DPD", True), ("Drone", False)]
