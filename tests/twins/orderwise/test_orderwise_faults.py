"""Every way in which OrderWise misbehaves: what the caller sees, and what has really landed."""

from __future__ import annotations

import pytest

from counterfoil.twins.orderwise.faults import CATALOGUE

REFERENCE = "5778316361911"


async def signed_in(opened, always, **settings):
    caller = opened(always=always, **settings)
    await caller.sign_in()
    return caller


def landed(caller) -> int:
    return caller.twin.report().orders


def reached(caller) -> dict[str, int]:
    return {name: count for name, count in caller.twin.report().faults.items() if count}


async def test_a_failure_before_leaves_nothing_behind(opened, order):
    caller = await signed_in(opened, "server_error_before")
    statuses = {(await caller.place(order())).status for _ in range(20)}
    assert statuses == {500, 503}
    assert landed(caller) == 0


async def test_silence_before_outlasts_the_caller_and_leaves_nothing_behind(opened, order):
    caller = await signed_in(opened, "timeout_before", patience_s=5.0)
    answered = await caller.place(order())
    assert answered.cut
    assert answered.body == b""
    assert caller.clock.elapsed_s > 5.0
    assert landed(caller) == 0


async def test_silence_after_outlasts_the_caller_and_the_order_is_there(opened, order):
    caller = await signed_in(opened, "timeout_after", patience_s=5.0)
    answered = await caller.place(order())
    assert answered.cut
    assert caller.clock.elapsed_s > 5.0
    assert len(await caller.orders(refs=REFERENCE)) == 1


async def test_silence_holds_no_slot(opened, order):
    caller = await signed_in(opened, "timeout_after", slots=1)
    during = []
    sleep = caller.clock.sleep

    async def meanwhile(seconds: float) -> None:
        await sleep(seconds)
        during.append((await caller.get("/value-lists/2")).status)

    caller.clock.sleep = meanwhile
    await caller.place(order())
    assert during == [200]


async def test_an_answer_cut_short_promises_more_than_it_gives(opened, order):
    caller = await signed_in(opened, "reset_after")
    answered = await caller.place(order())
    assert answered.cut
    assert 0 < len(answered.body) < int(answered.headers["content-length"])
    assert landed(caller) == 1


async def test_a_failure_after_says_that_it_failed_though_it_landed(opened, order):
    caller = await signed_in(opened, "server_error_after")
    assert (await caller.place(order())).status == 500
    assert landed(caller) == 1


async def test_a_stranger_uses_up_the_calls(opened, order):
    caller = await signed_in(opened, "too_many")
    answered = await caller.place(order())
    assert (answered.status, answered.headers["retry-after"]) == (429, "1")
    assert caller.twin.report().over_limit == 0
    assert landed(caller) == 0


async def test_a_token_is_forgotten_once_and_a_new_one_serves(opened):
    caller = await signed_in(opened, "token_expired", slots=2)
    statuses = [(await caller.get("/value-lists/2")).status for _ in range(5)]
    assert statuses == [200, 200, 200, 200, 401]
    await caller.sign_in()
    assert (await caller.get("/value-lists/2")).status == 200
    assert reached(caller) == {"token_expired": 1}


async def test_a_penny_is_off_in_the_header_or_in_one_line(opened, order):
    caller = await signed_in(opened, "penny")
    places = set()
    for number in range(20):
        await caller.place(order(f"R{number}"))
        [row] = await caller.orders(refs=f"R{number}")
        lines = await caller.lines(refs=f"R{number}")
        off = [round(row["gross"] * 100) - 6065]
        off += [
            round(line["lineGross"] * 100) - sent
            for line, sent in zip(lines, (4320, 1250), strict=True)
        ]
        assert sorted(map(abs, off)) == [0, 0, 1]
        places.add(off.index(1) if 1 in off else off.index(-1))
    assert places == {0, 1, 2}
    assert reached(caller) == {"penny": 20}


async def test_a_field_is_dropped_without_a_word(opened, order):
    caller = await signed_in(opened, "dropped_field")
    dropped = set()
    for number in range(20):
        assert (await caller.place(order(f"R{number}"))).status == 200
        [row] = await caller.orders(refs=f"R{number}")
        dropped |= {name for name in ("deliveryPostcode", "email") if not row[name]}
    assert dropped == {"deliveryPostcode", "email"}


async def test_a_long_name_is_cut_and_a_short_one_cannot_be(opened, order):
    caller = await signed_in(opened, "truncated")
    await caller.place(order("long"))
    body = order("short")
    body["customerDeliveryAddress"]["deliveryName"] = "Ada Byron"
    await caller.place(body)
    names = [row["deliveryName"] for row in await caller.orders()]
    assert names == ["Augusta Ada Byron-Lo", "Ada Byron"]
    assert reached(caller) == {"truncated": 1}


@pytest.mark.parametrize(
    ("fault", "status", "text"),
    [("locked_period", 400, "locked period"), ("record_locked", 409, "locked by another")],
)
async def test_a_lock_refuses_with_a_reason(opened, order, fault, status, text):
    caller = await signed_in(opened, fault)
    answered = await caller.place(order())
    assert answered.status == status
    assert text in answered.text
    assert landed(caller) == 0


async def test_a_locked_record_opens_again(opened, order):
    caller = await signed_in(opened, "record_locked")
    assert (await caller.place(order())).status == 409
    caller.twin.calm()
    assert (await caller.place(order())).status == 200


async def test_a_sign_in_page_comes_with_200_in_place_of_an_answer(opened, order):
    caller = await signed_in(opened, "html_page")
    answered = await caller.place(order())
    assert answered.status == 200
    assert answered.headers["content-type"].startswith("text/html")
    assert landed(caller) == 0


async def test_a_slow_answer_is_an_answer(opened, order):
    caller = await signed_in(opened, "slow")
    assert (await caller.place(order())).status == 200
    assert 0.3 <= caller.clock.elapsed_s <= 1.0


async def test_a_landed_order_may_be_read_back_only_later(opened, order):
    caller = await signed_in(opened, "read_lag", read_lag_s=(1.0, 3.0))
    number = (await caller.place(order())).json["orderId"]
    assert await caller.orders(refs=REFERENCE) == []
    assert await caller.lines(refs=REFERENCE) == []
    assert (await caller.get(f"/sales/order/{number}/status")).status == 200
    assert reached(caller) == {"read_lag": 1}
    caller.clock.elapsed_s += 3.0
    assert len(await caller.orders(refs=REFERENCE)) == 1
    assert len(await caller.lines(refs=REFERENCE)) == 2


async def test_a_lag_that_nobody_met_was_not_reached(opened, order):
    caller = await signed_in(opened, "read_lag", read_lag_s=(1.0, 3.0))
    await caller.place(order())
    caller.clock.elapsed_s += 3.0
    await caller.orders(refs=REFERENCE)
    assert reached(caller) == {}


async def test_calm_ends_every_fault(opened, order):
    caller = opened(profile="hostile")
    await caller.sign_in()
    assert (await caller.send("POST", "/_twin/calm")).status == 200
    for number in range(100):
        assert (await caller.place(order(f"R{number}"))).status == 200
    assert reached(caller) == {}


async def history(opened, order, seed: int) -> tuple[object, ...]:
    caller = opened(profile="hostile", seed=seed)
    await caller.sign_in()
    seen: list[object] = []
    for number in range(150):
        caller.clock.elapsed_s += 0.01
        answered = await caller.place(order(f"R{number}"))
        seen.append((answered.status, answered.body, answered.cut))
        if answered.status == 401:
            await caller.sign_in()
        elif answered.status == 200:
            seen.append((await caller.export(101, refs=f"R{number}")).body)
    return (*seen, caller.twin.report(), caller.clock.elapsed_s)


async def test_a_seed_repeats_itself_to_the_byte(opened, order):
    first = await history(opened, order, seed=3)
    assert first == await history(opened, order, seed=3)
    assert first != await history(opened, order, seed=4)


async def test_a_hostile_run_of_a_few_hundred_orders_reaches_every_fault(opened, order):
    caller = opened(profile="hostile")
    await caller.sign_in()
    for number in range(150):
        answered = await caller.place(order(f"R{number}"))
        if answered.status == 401:
            await caller.sign_in()
        elif answered.status == 200:
            await caller.export(101, refs=f"R{number}")
    assert reached(caller).keys() == CATALOGUE.keys()
