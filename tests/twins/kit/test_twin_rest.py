"""What any shop over REST has: addresses and refusals, a shelf of documents, prices in pairs,
and orders whose statuses are numbers."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import msgspec
import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Router

from counterfoil.kit.contract import AsgiWire
from counterfoil.kit.transport import Answer
from counterfoil.twins.kit.answers import answer
from counterfoil.twins.kit.paging import Slice
from counterfoil.twins.kit.prices import Addressed, Ordered, Pair, fine
from counterfoil.twins.kit.rest import Refused, body_of, routes
from counterfoil.twins.kit.shelf import Listing, Shelf
from counterfoil.twins.kit.signing import standard_webhook
from counterfoil.twins.kit.status_order import Statuses, StatusLife, StatusOrder, entry
from counterfoil.twins.kit.webhooks import FORGED, Delivery, StandardHeaders
from counterfoil.twins.world import Buyer, Sale, SaleDiscount, SaleLine, SaleShipping


class Thing(msgspec.Struct, frozen=True, array_like=True):
    id: int
    name: str
    pence: int = 5
    hidden: bool = False


class Wanted(msgspec.Struct):
    name: str


def columns(thing: Thing) -> Mapping[str, object]:
    return {"name": thing.name, "hidden": int(thing.hidden), "total_minor": thing.pence,
            "currency": "GBP"}  # fmt: skip


@pytest.fixture
def shelf(memory) -> Shelf[Thing]:
    memory.run("create table things (id integer primary key, name text, hidden integer, "
               "total_minor integer, currency text, body blob)")  # fmt: skip
    memory.run("create table states (seq integer primary key, order_id integer, body blob)")
    return Shelf(memory, "things", Thing, columns, remembers=True)


THINGS = Listing(
    filters={"name": "name = ? small", "min_id": "id >= ? whole", "hidden": "hidden = ? flag"},
    sorts={"id": "id", "name": "name"}, first="id", ties="id", always={"hidden": "false"},
)  # fmt: skip


def found(shelf: Shelf[Thing], offset: int = 0, limit: int = 9, **query: str) -> list[int]:
    rows = Slice(offset, limit)
    return [thing.id for thing in shelf.find(THINGS, query, lambda key: key == 3, rows)]


def test_a_shelf_is_filtered_sorted_and_paged_and_hides_what_lags(shelf) -> None:
    for key, name in ((1, "b"), (2, "a"), (3, "c"), (4, "a")):
        shelf.save(Thing(key, name))
    shelf.save(Thing(5, "a", hidden=True))
    assert found(shelf) == [1, 2, 4]
    assert found(shelf, hidden="true") == [5]
    assert found(shelf, name="A", unheard="of") == [2, 4]
    assert found(shelf, min_id="2", sort="id:desc") == [4, 2]
    assert found(shelf, 1, 1, sort="name") == [4]
    for query in ({"sort": "price"}, {"sort": "id:up"}, {"min_id": "x"}):
        with pytest.raises(ValueError, match=r".+"):
            shelf.find(THINGS, query, bool, Slice(0, 9))


def test_a_shelf_knows_each_state_and_what_all_come_to(shelf) -> None:
    key = shelf.next("thing", 7)
    shelf.save(Thing(key, "a"))
    shelf.save(Thing(key, "b", 8))
    assert (key, shelf.next("thing", 7)) == (7, 8)
    assert shelf.get(7) == Thing(7, "b", 8)
    assert shelf.get(9) is None
    assert [thing.name for thing in shelf.states(7)] == ["a", "b"]
    assert [thing.id for thing in shelf.every()] == [7]
    assert (shelf.totals(), shelf.counts("hidden")) == ((1, {"GBP": 8}), {0: 1})


def refusal(status: int, said: str) -> Response:
    return answer({"no": said}, status)


async def call(method: str, path: str, body: bytes = b"") -> Answer:
    async def change(request: Request) -> Response:
        return answer((await body_of(request, Wanted, 422, "No: {error}")).name)

    def see(request: Request) -> Response:
        if request.path_params["id"] == 9:
            raise Refused(410, "Gone.")
        return answer(request.path_params["id"])

    addresses = {"/things/{id:int}": {"GET": see, "PUT": change}}
    wire = AsgiWire(Router(routes("/api", addresses, refusal)))
    return await wire.send(method, f"https://shop.example{path}", {}, body, 5.0)


async def test_each_method_does_its_own_and_what_is_not_there_is_refused() -> None:
    assert (await call("GET", "/api/things/7")).body == b"7"
    assert (await call("HEAD", "/api/things/7")).status == 200
    assert (await call("PUT", "/api/things/7", b'{"name": "x"}')).body == b'"x"'
    assert b"No: " in (await call("PUT", "/api/things/7", b"no")).body
    refused = await call("DELETE", "/api/things/7")
    assert (refused.status, refused.body) == (405, b'{"no":"Method Not Allowed"}')
    assert refused.headers["allow"] == "GET, PUT, HEAD"
    gone = await call("GET", "/api/things/9")
    assert (gone.status, gone.body) == (410, b'{"no":"Gone."}')
    for path in ("/api/things/x", "/api/else", "/api/"):
        assert (await call("POST", path)).status == 404
        assert b"not found" in (await call("GET", path)).body


# --- what a sale tells ---


def sale(**changes: object) -> Sale:
    made = Sale(
        at_s=0.0, number="1", placed="", currency="GBP",
        lines=(SaleLine("A", "Tee", 3, 1200, 570, 180, variant="Blue", ships=False),),
        shipping=(SaleShipping("Post", 495, 83),), buyer=Buyer(7),
        discounts=(SaleDiscount("discount_code", "TEN", "5.0"),), channel="app",
    )  # fmt: skip
    return msgspec.structs.replace(made, **changes)


def test_one_side_of_a_price_was_agreed_and_the_other_is_reckoned() -> None:
    (with_tax,) = Ordered(sale()).lines
    assert (with_tax.unit, with_tax.unit_agreed) == (Pair(Fraction(1200), Fraction(1000)), 1200)
    (without,) = Ordered(sale(tax_included=False)).lines
    assert (without.unit.inc, without.whole_agreed, without.paid) == (1440, 3600, 3990)
    assert fine(Fraction(1200 * 100, 107), "GBP") == "11.2150"
    assert fine(5, "JPY") == "5.0000"


def test_a_sale_tells_what_it_comes_to() -> None:
    facts = Ordered(sale())
    assert (facts.totals.total.inc, facts.totals.coupons, facts.totals.discount) == (3915, 180, 0)
    assert (facts.pieces, facts.digital, facts.buyer, facts.postage) == (3, True, 7, 495)
    assert ([levy.minor for levy in facts.levies], facts.methods) == ([570, 83], ["Post"])
    assert [off.code for off in facts.lines[0].reductions] == ["TEN"]
    assert (facts.lines[0].name, facts.seen_currency) == ("Tee - Blue", "GBP")


def test_the_last_name_is_the_last_word() -> None:
    place = Addressed(sale().deliver_to, "a@b")
    named = place._replace(address=msgspec.structs.replace(place.address, name=" Ada King Byron "))
    assert (named.first, named.last, place.last) == ("Ada King", "Byron", "")


# --- orders with numbers for statuses ---

LIFE = StatusLife(
    Statuses(0, 1, 2, 4, 5, 6, {"paid": (1, "captured"), "unpaid": (7, "")}, "refunded")
)


def order(**changes: object) -> StatusOrder:
    return msgspec.structs.replace(StatusOrder(100, 1, sale(channel="web"), 10, 10, 0), **changes)


@pytest.mark.parametrize(
    ("event", "became"),
    [
        ("completed", {"status": 1, "payment_status": "captured"}),
        ("shipped_by_hand", {"status": 2, "shipped_s": 20}),
        ("sent", {"status": 2, "shipped_s": 20, "sent": (3,)}),
        ("refunded", {"status": 4, "payment_status": "refunded", "returned": (3,)}),
        ("cancelled", {"status": 5}),
        ("declined", {"status": 6}),
        ("archived", {"archived": True}),
        ("edited", {"staff_notes": "Please call."}),
    ],
)
def test_each_event_changes_its_own_and_nothing_else(event: str, became: dict) -> None:
    assert LIFE.events[event](order(), 20) == order(**became)


def test_what_is_done_is_not_completed_again_and_the_book_counts_what_is_left() -> None:
    done = order(status=5)
    assert LIFE.completed(done, 20) == done
    assert entry(LIFE.refunded(order(), 20)).facts["pieces"] == 0


# --- messages ---


@pytest.mark.parametrize(("again", "later_s"), [(False, 0), (True, 30)])
def test_a_message_is_signed_with_its_first_moment_or_each_repeat_with_its_own(
    clock, again: bool, later_s: int
) -> None:
    now = clock.now()
    sent = Delivery(1, 1, "promised", "t", "u", '{"x-own": "1"}', "id", "e", now.format_iso(),
                    b"{}", 0.0, 0)  # fmt: skip
    clock.elapsed_s = 30.0
    headers = StandardHeaders("secret", clock, signs_again=again)
    first = headers.of(sent)
    stamp = str(now.timestamp() + later_s)
    assert (first["x-own"], first["webhook-id"], first["webhook-timestamp"]) == ("1", "id", stamp)
    assert first["webhook-signature"] == standard_webhook("secret", "id", stamp, b"{}")
    forged = headers.of(msgspec.structs.replace(sent, kind=FORGED))
    assert forged["webhook-signature"] != first["webhook-signature"]
