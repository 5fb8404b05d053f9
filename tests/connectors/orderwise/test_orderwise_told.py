"""Despatches into OrderWise: held until a site has said how, then told once, and told on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from counterfoil.connectors.orderwise import CONNECTOR
from counterfoil.connectors.orderwise.fulfilment_target import DespatchTarget
from counterfoil.kit.connector import Inputs, Intent, Written
from counterfoil.kit.contract import at_stage
from counterfoil.kit.contract.case import TargetCase, as_target
from counterfoil.model.document import Ref
from counterfoil.model.fulfilment import Fulfilment, Parcel, Sent
from counterfoil.values.errors import Hold, Misconfigured, Settle
from tests.connectors.orderwise.conftest import CannedWire
from tests.connectors.orderwise.orderwise_stage import TOLD, WORDS, stage
from tests.connectors.orderwise.test_orderwise_bears import DESPATCH

NAMES = Inputs({Ref("order", "90001"): "90001"})
WRITTEN = {**TOLD, "despatch_word_map": "words", "carrier_map": "others"}


def opened_with(opened: Callable[..., Any], **changed: Any) -> DespatchTarget:
    made: DespatchTarget = opened(**{**WRITTEN, **changed}).target("fulfilment")
    return made


def body(intent: Intent) -> dict[str, Any]:
    """The body that leaves."""
    return msgspec.json.decode(intent.payload)["body"]


def test_a_despatch_as_this_site_takes_it(opened: Callable[..., Any]) -> None:
    intent = opened_with(opened).compose(DESPATCH, NAMES)
    assert body(intent) == {
        "externalReference": "DES1", "orderId": 90001, "sentOn": "2026-11-02T14:22:05",
        "status": "Despatched", "deliveryMethodId": 9, "consignmentNumbers": ["TT1"],
        "lines": [{"variantCode": "TEE-RED-M", "quantity": 1}],
    }  # fmt: skip
    assert intent.expect == {
        "reference": "DES1", "order": 90001, "moved": "2026-11-02T14:22:05",
        "status": "Despatched", "method": 9, "tracking": "TT1", "pieces": 1, "products": 1,
        "goods[TEE-RED-M].quantity": 1,
    }  # fmt: skip
    assert (intent.reference, intent.losses) == ("DES1", ())


def test_until_a_site_has_said_how_every_despatch_is_held_with_the_way_out(
    opened: Callable[..., Any],
) -> None:
    with pytest.raises(Hold) as held:
        opened_with(opened, despatch_path="").compose(DESPATCH, NAMES)
    assert held.value.code == "no-way-in"
    assert "Set despatch_path" in held.value.do
    assert "import it there from a file" in held.value.do


def test_without_a_way_to_change_one_what_comes_later_is_held(opened: Callable[..., Any]) -> None:
    with pytest.raises(Hold, match="Nobody has said how"):
        opened_with(opened, despatch_change_path="").amendment(DESPATCH, "7", NAMES)
    with pytest.raises(Hold, match="Nobody has said how"):
        opened_with(opened, despatch_word_map="").cancellation(DESPATCH, "7", NAMES)


def test_a_name_that_no_member_has_is_found_before_anything_moves(
    opened: Callable[..., Any],
) -> None:
    with pytest.raises(Misconfigured, match="weight"):
        opened_with(opened, despatch_fields={"weight": "kg"})


def test_without_a_map_of_carriers_the_carrier_is_named_as_lost(opened: Callable[..., Any]) -> None:
    intent = opened_with(opened, carrier_map="").compose(DESPATCH, NAMES)
    assert "deliveryMethodId" not in body(intent)
    assert [(loss.field, loss.value) for loss in intent.losses] == [("parcels.carrier", "DPD")]


def test_parcels_of_two_carriers_are_a_persons(opened: Callable[..., Any]) -> None:
    parcels = (Parcel("DPD", tracking="1"), Parcel("Nobody", tracking="2"))
    with pytest.raises(Hold) as held:
        opened_with(opened).compose(replace(DESPATCH, parcels=parcels), NAMES)
    assert held.value.code == "several-carriers"


async def test_an_answer_that_does_not_say_what_was_made_is_looked_up(
    opened: Callable[..., Any], wire: CannedWire
) -> None:
    at = opened_with(opened)
    wire.will(200, b"{}")
    with pytest.raises(Settle, match="did not say what it calls it"):
        await at.write([at.compose(DESPATCH, NAMES)])


async def test_a_refusal_is_held_in_orderwises_own_words(
    opened: Callable[..., Any], wire: CannedWire
) -> None:
    at = opened_with(opened)
    wire.will(400, b"2 of TEE are not to be sent")
    (answer,) = await at.write([at.compose(DESPATCH, NAMES)])
    assert isinstance(answer, Hold)
    assert "2 of TEE are not to be sent" in answer.said


# --- at the twin ---


class Told:
    """The despatches of a stage: told, changed, ended, and what becomes of their orders."""

    def __init__(self, case: TargetCase) -> None:
        self.target: Any = case.target
        self.names = case.stage.names
        self.receiver: Any = case.receiver
        self._case = case

    def document(self, number: int, **changed: Any) -> Fulfilment:
        return replace(self.receiver.document(number), **changed)

    async def written(self, number: int, **changed: Any) -> tuple[Fulfilment, str]:
        """A despatch that was told, and what OrderWise calls it."""
        document = self.document(number, **changed)
        answer = await self._case.written(self.target.compose(document, self.inputs))
        assert isinstance(answer, Written), answer
        return document, answer.identity

    @property
    def inputs(self) -> Inputs:
        return Inputs(self.names)

    async def read(self, word: Any, key: str) -> Any:
        """What OrderWise itself tells of a document."""
        (reading,) = await self._case.session.source(word).read([key])
        assert reading.document is not None, reading.problem
        return reading.document

    async def order(self, document: Fulfilment) -> Any:
        return await self.read("order", self.names[document.refs[0]])

    async def seen(self, document: Fulfilment) -> Any:
        (seen,) = (await self.target.read([document.key]))[document.key]
        return seen.fields


@pytest.fixture
def at() -> Iterator[Told]:
    with at_stage(CONNECTOR, stage) as site:
        yield Told(as_target(site, "fulfilment"))


async def test_what_was_told_comes_out_again_with_its_courier_and_its_tracking(at: Told) -> None:
    """So that the shop hears of it by the way that it always does."""
    document, key = await at.written(5)
    out = await at.read("fulfilment", key)
    assert (out.order, out.status) == (at.names[document.refs[0]], "shipped")
    assert out.holds == document.holds
    numbers = [parcel.tracking for parcel in document.parcels]
    assert [parcel.tracking for parcel in out.parcels] == numbers
    assert {parcel.carrier for parcel in out.parcels} == {"Royal Mail"}
    assert out.parcels[0].url == f"https://track.royalmail.example/?n={numbers[0]}&lang=en"


async def test_an_order_stands_by_what_is_still_to_be_sent(at: Told) -> None:
    document, _ = await at.written(4, holds=(Sent("SKU-0", 15),))
    order = await at.order(document)
    assert [line.sent for line in order.lines] == [15]
    assert order.release == "", "partly despatched: the remainder may be picked"
    await at.written(4, key="DES9", holds=(Sent("SKU-0", 25),))
    assert (await at.order(document)).release == "never", "completed"


async def test_more_than_is_left_is_refused(at: Told) -> None:
    document = at.document(4, holds=(Sent("SKU-0", 41),))
    (answer,) = await at.target.write([at.target.compose(document, at.inputs)])
    assert isinstance(answer, Hold)
    assert at.receiver.held(document.key) == 0


async def test_a_number_that_comes_later_follows_the_same_despatch(at: Told) -> None:
    document, key = await at.written(3)  # nothing follows it as yet
    later = replace(document, parcels=(Parcel("Royal Mail", tracking="TT9GB"),))
    for _ in range(2):  # repeated, it changes nothing
        (answer,) = await at.target.amend([at.target.amendment(later, key, at.inputs)])
        assert answer.identity == key
    assert at.receiver.held(document.key) == 1
    assert (await at.seen(document))["tracking"] == "TT9GB"


async def test_what_is_void_is_cancelled_and_its_goods_are_to_be_sent_again(at: Told) -> None:
    document, key = await at.written(4, holds=(Sent("SKU-0", 15),))
    end = at.target.cancellation(replace(document, status="void"), key, at.inputs)
    for _ in range(2):
        await at.target.cancel([end])
    assert (await at.seen(document))["status"] == WORDS["void"] == end.expect["status"]
    order = await at.order(document)
    assert [line.sent for line in order.lines] == [0]
    more = at.document(4, key="DES9", holds=(Sent("SKU-0", 41),))
    (answer,) = await at.target.write([at.target.compose(more, at.inputs)])
    assert isinstance(answer, Hold), "they wait once, however often it is made void"


def test_the_stage_has_every_shape_that_a_warehouse_tells(at: Told) -> None:
    documents = [at.document(number) for number in range(1, 12)]
    assert {len(document.parcels) for document in documents} == {1, 2}
    assert {document.tracked for document in documents} == {True, False}
    assert {bool(document.shorts) for document in documents} == {True, False}
