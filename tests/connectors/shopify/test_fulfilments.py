"""Fulfilments into Shopify: by what is left, from several places, found again, changed, refused."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
from msgspec.structs import replace

from counterfoil.connectors.shopify import CONNECTOR
from counterfoil.kit.connector import Inputs, Intent, Written
from counterfoil.kit.contract import at_stage
from counterfoil.model.fulfilment import Fulfilment, Parcel, Sent, Short
from counterfoil.twins.kit.sale import sending
from counterfoil.twins.kit.sale.parcel import assignments
from counterfoil.twins.world import Place
from counterfoil.values.errors import Hold, Retry, Settle
from tests.connectors.shopify.conftest import Open, failing, graphql
from tests.connectors.shopify.shopify_stage import TOKEN, Counter, despatch, shop_of

ANNEX = Place(701, "Annex")


class Told:
    """A shop that is told of despatches, and what it makes of them."""

    def __init__(self, case: Any) -> None:
        self.case = case
        self.counter: Counter = case.stage.receivers["fulfilment"]
        self.twin = self.counter._twin
        self.target: Any = case.open().target("fulfilment")

    def order(self, document: Fulfilment) -> int:
        return int(self.counter.names[document.refs[0]])

    async def inputs(self, document: Fulfilment) -> Inputs:
        names = Inputs({ref: self.counter.names[ref] for ref in document.refs})
        (there,) = await self.target.there([document], [names])
        return replace(names, there=there)

    async def composed(self, document: Fulfilment) -> Intent:
        return self.target.compose(document, await self.inputs(document))

    async def write(self, document: Fulfilment) -> Written:
        intent = await self.composed(document)
        (answer,) = await self.target.write([intent])
        return answer

    async def amended(self, document: Fulfilment, identity: str) -> Intent:
        return self.target.amendment(document, identity, await self.inputs(document))

    def book(self) -> list[Any]:
        return [entry.facts for entry in self.twin.book("fulfilment")]


@contextmanager
def shop(**settings: Any) -> Generator[Told]:
    with at_stage(CONNECTOR, shop_of(TOKEN, **settings)) as case:
        yield Told(case)


def of(number: int, **changes: Any) -> Fulfilment:
    return replace(despatch(number), **changes)


async def test_lines_are_told_by_goods_and_never_by_their_place() -> None:
    with shop() as told:
        document = told.counter.document(3)  # four lines; the office may have split and turned them
        rows = [
            Sent(sent.sku, 1) for sent in reversed(document.holds) for _ in range(sent.quantity)
        ]
        await told.write(replace(document, holds=tuple(rows)))
        (entry,) = told.book()
        assert entry["units"] == {sent.sku: sent.quantity for sent in document.holds}


async def test_a_carrier_goes_in_the_words_that_the_shop_takes() -> None:
    with shop() as told:
        await told.write(told.counter.document(1))
        assert told.book()[0]["carriers"] == ("DPD UK",)
    with shop(carrier_map="") as told:
        await told.write(told.counter.document(1))
        assert told.book()[0]["carriers"] == ("DPD Parcels",)


async def test_parcels_of_two_carriers_are_a_persons() -> None:
    with shop(carrier_map="") as told:
        document = told.counter.document(1)
        parcels = (Parcel("DPD", tracking="1"), Parcel("Evri", tracking="2"))
        with pytest.raises(Hold) as held:
            await told.composed(replace(document, parcels=parcels))
        assert held.value.code == "several-carriers"


async def test_goods_of_two_places_are_told_in_two_calls() -> None:
    with shop() as told:
        document = told.counter.document(2)  # three lines
        order = told.order(document)
        last = document.holds[-1]
        told.twin.trade.change(order, sending.reassigned(1, {2: 2 * last.quantity}, ANNEX))
        intent = await told.composed(document)
        assert [step.name for step in intent.steps] == ["place-1", "place-2"]
        first = intent.call([])
        (one,) = await told.target.write([first])
        (two,) = await told.target.write([intent.call([one])])
        references = [step.reference for step in intent.steps]
        seen = await told.target.read(references)
        assert [seen[reference][0].identity for reference in references] == [
            one.identity, two.identity,
        ]  # fmt: skip
        assert {**intent.expect} == {**seen[references[0]][0].fields}, "both places together"
        # Another number, and an end, are told of both.
        corrected = replace(document, parcels=(Parcel("DPD Parcels", tracking="T9"),))
        amendment = await told.amended(corrected, one.identity)
        assert len(amendment.steps) == 2


async def test_one_place_is_chosen_where_it_has_all_of_it() -> None:
    with shop() as told:
        document = told.counter.document(4)  # one line
        order = told.order(document)
        half = document.holds[0].quantity
        told.twin.trade.change(order, sending.reassigned(1, {0: half}, ANNEX))
        assert (await told.composed(document)).steps == ()


async def test_more_places_than_calls_are_a_persons() -> None:
    with shop() as told:
        document = told.counter.document(8)  # one line, of which six pieces were ordered
        order = told.order(document)
        for number in range(5):
            place = Place(701 + number, "Shed")
            told.twin.trade.change(order, sending.reassigned(1, {0: 1}, place))
        with pytest.raises(Hold) as held:
            await told.composed(replace(document, holds=(Sent(document.holds[0].sku, 6),)))
        assert held.value.code == "too-many-places"


async def test_what_another_service_sends_is_not_told() -> None:
    with shop() as told:
        document = told.counter.document(1)
        order = told.order(document)
        shown = told.twin.shop.order(order)
        assert shown is not None
        (first, *_) = assignments(shown)
        elsewhere = replace(first, service="amazon-marketplace")
        told.twin.trade.change(order, lambda order, now_s: replace(order, assignments=(elsewhere,)))
        with pytest.raises(Hold) as held:
            await told.composed(document)
        assert held.value.code == "nothing-left"


async def test_what_is_on_hold_there_is_said_so() -> None:
    with shop() as told:
        document = told.counter.document(1)
        told.twin.trade.change(told.order(document), sending.put_on_hold(1))
        with pytest.raises(Hold) as held:
            await told.composed(document)
        assert held.value.code == "on-hold-there"


async def test_more_than_is_left_is_held_with_both_figures() -> None:
    with shop() as told:
        document = told.counter.document(1)
        sku = document.holds[0].sku
        with pytest.raises(Hold, match=f"has 99 of {sku}, and 4 are left") as held:
            await told.composed(replace(document, holds=(Sent(sku, 99),)))
        assert held.value.code == "nothing-left"


async def test_the_same_parcels_are_not_told_twice() -> None:
    with shop() as told:
        document = told.counter.document(1)
        await told.write(document)
        with pytest.raises(Hold) as held:
            await told.composed(document)
        assert held.value.code == "already-told"


async def test_two_alike_without_numbers_are_told_apart_by_what_was_there_before() -> None:
    with shop() as told:
        document = told.counter.document(5)  # without a tracking number, half of the order
        first = await told.composed(document)
        (one,) = await told.target.write([first])
        second = await told.composed(replace(document, key="DES5b", number="DES5b"))
        assert (await told.target.read([second.reference])) == {}, "the first is not the second"
        (two,) = await told.target.write([second])
        seen = await told.target.read([second.reference])
        assert [held.identity for held in seen[second.reference]] == [two.identity]
        assert one.identity != two.identity


async def test_an_order_that_moved_since_it_was_read_is_read_again() -> None:
    with shop() as told:
        document = told.counter.document(1)
        intent = await told.composed(document)
        order = told.order(document)
        told.twin.trade.change(order, sending.put_on_hold(1))
        (answer,) = await told.target.write([intent])
        assert isinstance(answer, Retry)
        assert answer.code == "stale"
        told.twin.trade.change(order, sending.put_on_hold(1, on_hold=False))
        assert isinstance(await told.write(document), Written)


async def test_another_tracking_number_follows_and_repeated_it_changes_nothing() -> None:
    with shop() as told:
        document = told.counter.document(5)
        written = await told.write(document)
        later = replace(document, parcels=(Parcel("DPD Parcels", tracking="T5"),))
        intent = await told.amended(later, written.identity)
        for _ in range(2):
            (answer,) = await told.target.amend([intent])
            assert answer.identity == written.identity
        seen = await told.target.read([intent.reference])
        assert {**intent.expect} == {**seen[intent.reference][0].fields}
        assert [entry["tracking"] for entry in told.book()] == [("T5",)]


async def test_other_goods_cannot_be_told_after_it_was_told() -> None:
    with shop() as told:
        document = told.counter.document(1)
        written = await told.write(document)
        fewer = replace(document, holds=(Sent(document.holds[0].sku, 1),))
        for make in (told.target.amendment, told.target.cancellation):
            with pytest.raises(Hold) as held:
                make(fewer, written.identity, await told.inputs(document))
            assert held.value.code == "changed-after-sent"


async def test_one_that_did_not_leave_is_taken_back_and_its_goods_are_left_once() -> None:
    with shop() as told:
        document = told.counter.document(1)
        written = await told.write(document)
        intent = told.target.cancellation(
            replace(document, status="void"), written.identity, await told.inputs(document)
        )
        for _ in range(2):
            await told.target.cancel([intent])
        seen = await told.target.read([intent.reference])
        assert seen[intent.reference][0].fields["status"] == "CANCELLED"
        assert isinstance(await told.write(document), Written), "the same parcels leave later"


async def test_what_has_no_member_there_is_a_named_loss() -> None:
    with shop() as told:
        document = told.counter.document(1)
        parcel = Parcel("DPD Parcels", "Next day", "T1", holds=(document.holds[0],))
        more = replace(document, parcels=(parcel,), shorts=(Short("CAP", 1),))
        losses = (await told.composed(more)).losses
        assert [loss.field for loss in losses] == ["parcels.service", "shorts", "parcels.holds"]


@pytest.mark.parametrize("notify", [False, True])
async def test_the_customer_is_told_where_the_connection_says_so(notify: bool) -> None:
    with shop(notify_customer=notify) as told:
        payload = (await told.composed(told.counter.document(1))).payload
        assert (b'"notifyCustomer":true' in payload) == notify
    carries = CONNECTOR.manifest.documents["fulfilment"].under({"notify_customer": notify})
    assert carries.speaks_to_people is notify
    assert carries.doubt("write") == ("D" if notify else "C"), "nothing takes a message back"


async def _ended(open_shop: Open, *answers: Any) -> object:
    opened = open_shop()
    opened.shop.will(*answers)
    target: Any = opened.session.target("fulfilment")
    try:
        (answer,) = await target.write([Intent("1/", b"{}", {})])
    except (Settle, Retry, Hold) as error:
        return error
    return answer


async def test_an_error_of_its_own_may_have_come_after_the_work(open_shop: Open) -> None:
    for bad in (failing("INTERNAL_SERVER_ERROR"), failing("SOMETHING_NEW"), graphql({})):
        assert isinstance(await _ended(open_shop, bad), Settle)


async def test_being_told_to_slow_down_nothing_was_done(open_shop: Open) -> None:
    assert isinstance(await _ended(open_shop, failing("THROTTLED")), Retry)


async def test_an_answer_counts_though_a_part_of_it_is_denied(open_shop: Open) -> None:
    made = {"fulfillment": {"legacyResourceId": "7", "name": "#1-F1"}, "userErrors": []}
    denied = {"message": "Access denied for a field.", "extensions": {"code": "ACCESS_DENIED"}}
    answer = await _ended(open_shop, graphql({"fulfillmentCreate": made}, errors=[denied]))
    assert answer == Written("7", "#1-F1")
