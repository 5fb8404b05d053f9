"""What a target has no place for: let go and named, written into the note, or held."""

from __future__ import annotations

import pytest
from ends import Office, order
from flow_stage import Stage
from msgspec.structs import replace
from steps import causes, swept

from counterfoil.flows.intent import intended
from counterfoil.kit.connector import Intent
from counterfoil.mapping.losses import Loss
from counterfoil.model.order import Order
from counterfoil.values.errors import Hold

BOUGHT = replace(order(1), po_number="PO-77", note="Ring twice")


class Forgetful(Office):
    """An office that has a note, and no place for a purchase order's number."""

    def compose(self, document: Order) -> Intent:
        plain = super().compose(document)
        losses = (Loss("po_number", "no-member", "It has no place for it.", "PO-77"),)
        return replace(plain, expect={**plain.expect, "note": document.note}, losses=losses)


def made(stage: Stage, **on_loss: str) -> Intent:
    route = stage.again(on_loss=on_loss)
    return intended(route.plan, Forgetful().compose, BOUGHT)


def test_by_itself_it_goes_and_what_is_lost_is_named(stage: Stage) -> None:
    intent = made(stage)
    assert (intent.expect["note"], [loss.field for loss in intent.losses]) == (
        "Ring twice",
        ["po_number"],
    )


def test_let_go_names_it_too(stage: Stage) -> None:
    assert [loss.field for loss in made(stage, po_number="let-go").losses] == ["po_number"]


def test_a_note_carries_it_beside_the_customer_s_own_words(stage: Stage) -> None:
    intent = made(stage, po_number="note")
    assert intent.expect["note"] == "Ring twice\nPO number: PO-77"
    assert intent.losses == ()


def test_hold_says_what_would_be_lost_and_what_to_write_where(stage: Stage) -> None:
    with pytest.raises(Hold, match="po_number, and the target has no place") as told:
        made(stage, po_number="hold")
    assert told.value.code == "would-be-lost"
    assert "[on_loss]" in told.value.do


async def test_what_is_held_so_is_never_written_and_goes_when_it_may(stage: Stage) -> None:
    stage.route = replace(stage.again(on_loss={"po_number": "hold"}), target=Forgetful())
    stage.engine.routes = {stage.route.id: stage.route}
    stage.shop.put(BOUGHT)
    await swept(stage)
    await stage.work()
    assert await causes(stage) == ["would-be-lost"]
    assert stage.route.target.calls == []  # type: ignore[attr-defined]
