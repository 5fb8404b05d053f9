"""Who may call OrderWise, and how much: tokens, calls a second, calls at once."""

from __future__ import annotations

import asyncio

from counterfoil.twins.orderwise import Site


async def test_the_token_is_a_json_string_and_opens_the_rest(opened):
    caller = opened()
    assert (await caller.get("/value-lists/2")).status == 401
    assert isinstance((await caller.sign_in()).json, str)
    assert (await caller.get("/value-lists/2")).status == 200


async def test_a_site_may_wrap_the_token(opened):
    caller = opened(site=Site(sign_in_body="object"))
    assert (await caller.sign_in()).json.keys() == {"token"}


async def test_a_wrong_password_is_refused_without_a_word(opened):
    caller = opened()
    for user, password in [("api", "wrong"), ("other", "right"), ("api", "")]:
        refused = await caller.sign_in(user, password)
        assert (refused.status, refused.body) == (401, b"")


async def test_a_token_dies_of_age(opened):
    caller = opened(token_ttl_s=60.0)
    await caller.sign_in()
    caller.clock.elapsed_s += 59
    assert (await caller.get("/value-lists/2")).status == 200
    caller.clock.elapsed_s += 1
    refused = await caller.get("/value-lists/2")
    assert (refused.status, refused.body) == (401, b"")


async def test_a_token_without_its_scheme_opens_nothing(caller):
    token = caller.authorization.removeprefix("Bearer ")
    assert (await caller.send("GET", "/value-lists/2", authorization=token)).status == 401


async def test_a_new_token_ends_the_old_one_only_where_the_site_says_so(opened):
    for one, status in [(False, 200), (True, 401)]:
        caller = opened(site=Site(one_token=one))
        await caller.sign_in()
        old = caller.authorization
        await caller.sign_in()
        assert (await caller.send("GET", "/value-lists/2", authorization=old)).status == status


async def test_calls_above_the_rate_are_refused_and_counted(opened):
    caller = opened(calls_per_s=2.0, burst=4)
    await caller.sign_in()
    statuses = [(await caller.get("/value-lists/2")).status for _ in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    refused = await caller.get("/value-lists/2")
    assert refused.headers["retry-after"] == "1"
    caller.clock.elapsed_s += 0.5
    assert (await caller.get("/value-lists/2")).status == 200
    report = caller.twin.report()
    assert (report.calls, report.over_limit, report.peak_calls_per_s) == (8, 3, 8)


async def test_a_steady_caller_at_the_rate_is_never_refused(opened):
    caller = opened(calls_per_s=4.0, burst=1)
    await caller.sign_in()
    for _ in range(200):
        caller.clock.elapsed_s += 0.25
        assert (await caller.get("/value-lists/2")).status == 200
    assert caller.twin.report().peak_calls_per_s == 4


async def test_calls_above_the_slots_are_refused_and_counted(opened, order):
    waiting = asyncio.Event()
    caller = opened(always="slow", slots=2)
    await caller.sign_in()
    caller.clock.sleep = lambda seconds: waiting.wait()
    calls = [asyncio.create_task(caller.get("/value-lists/2")) for _ in range(2)]
    await asyncio.sleep(0)
    refused = await caller.get("/value-lists/2")
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    waiting.set()
    assert [(await call).status for call in calls] == [200, 200]
    assert (await caller.get("/value-lists/2")).status == 200
    report = caller.twin.report()
    assert (report.over_slots, report.peak_concurrency) == (1, 3)


async def test_a_caller_that_goes_away_gives_its_slot_back(opened):
    caller = opened(always="slow", slots=1)
    await caller.sign_in()
    forever = asyncio.Event()
    sleep, caller.clock.sleep = caller.clock.sleep, lambda seconds: forever.wait()
    call = asyncio.create_task(caller.get("/value-lists/2"))
    await asyncio.sleep(0)
    call.cancel()
    await asyncio.gather(call, return_exceptions=True)
    caller.clock.sleep = sleep
    assert (await caller.get("/value-lists/2")).status == 200


async def test_control_calls_are_not_counted_and_need_no_token(opened):
    caller = opened()
    assert (await caller.get("/_twin/report")).json["calls"] == 0


async def test_figures_survive_the_process(opened, order, tmp_path):
    path = tmp_path / "orderwise.sqlite"
    caller = opened(path=path, always="record_locked")
    await caller.sign_in()
    await caller.place(order())
    again = opened(path=path).twin.report()
    assert (again.calls, again.faults["record_locked"]) == (2, 1)
