"""What a document would become is told of every kind of document, also of one without money."""

from __future__ import annotations

from typing import Any, cast

from counterfoil.connectors.shopify.fulfilment import FulfilmentTarget
from counterfoil.flows.route import Plan
from counterfoil.flows.trial import tried
from counterfoil.kit.connector import Reading
from counterfoil.model.fulfilment import Fulfilment, Parcel, Sent
from counterfoil.surfaces.cli.trial import _total
from counterfoil.surfaces.desk.trial import _tried
from counterfoil.values.clock import instant

MOMENT = "2026-11-02T11:00:00Z"
DESPATCH = Fulfilment(
    key="7", number="DN7", order="90001", order_number="OR104001", status="shipped",
    created=MOMENT, updated=MOMENT, moved=MOMENT, holds=(Sent("TEE", 2),),
    parcels=(Parcel("DPD", tracking="T1"),),
)  # fmt: skip
PLAN = Plan(document="fulfilment", source="office", target="shop", owner="warehouse")


def test_what_is_composed_of_what_is_there_says_so_and_is_shown_by_its_pieces() -> None:
    target = FulfilmentTarget(cast("Any", None), None, notify=False)
    reading = Reading("7", "DN7", instant(MOMENT), document=DESPATCH)
    answer = _tried("file", tried(PLAN, None, cast("Any", target), reading, instant(MOMENT)))
    assert (answer.outcome, answer.code, answer.payload) == ("sent", "", None)
    assert "nobody is asked" in answer.said
    assert answer.document is not None
    assert (answer.document.number, answer.document.pieces) == ("DN7", 2)
    assert _total(answer.document) is None
