"""The desk for programs: each question is answered as the description says, and each act is done
once, by who saw what it is about."""

from __future__ import annotations

import asyncio

from program import Program, program

from counterfoil.surfaces.api.v1.openapi import description
from counterfoil.surfaces.api.v1.registry import endpoints
from counterfoil.surfaces.desk.registry import acts
from tests.surfaces.web.counter import Counter

BOOKS = "payouts=orders&orders=orders"


def test_every_endpoint_is_described_and_does_an_act_of_the_desk() -> None:
    described = {
        f"{method.upper()} {path}"
        for path, operations in description()["paths"].items()
        for method in operations
    }
    assert described == {f"{each.method} /api/v1{each.path}" for each in endpoints()}
    for each in endpoints():
        act = acts()[each.act]
        assert (act.kind == "reads") == (each.method == "GET"), each.path
        assert each.tagged == (each.body is not None), each.path
        assert each.said.endswith("."), each.path


async def test_every_question_is_answered_as_it_is_described(shop: Counter) -> None:
    mine = await program(shop)
    cause = (await mine.get("/causes?limit=1")).data[0]["id"]
    record = (await mine.get(f"/causes/{cause}/holds")).data[0]["record"]
    assert (await mine.get(f"/holds/{record}")).data["hold"]["record"] == record
    for path in (
        "/today", "/holds?limit=2", f"/causes/{cause}", f"/causes/{cause}/example",
        f"/causes/{cause}/send", "/receipts", "/receipts/1", "/trace?identity=1001&evidence=true",
        "/search?text=100&limit=2", "/search?state=held", "/balance", "/routes",
        "/routes/orders/switch", "/connections", "/changes", "/users", "/tokens", "/me",
        "/closes", "/closes/2026-11", "/stock/stale", "/stock/stranded", "/stock/levels?sku=TEE",
        f"/reconcile?{BOOKS}", f"/reconcile/payouts?{BOOKS}", f"/reconcile/payout?{BOOKS}&key=1",
    ):  # fmt: skip
        answer = await mine.get(path)
        assert answer.status in (200, 400, 404), (path, answer.body)
        if answer.status == 200:
            again = await mine.get(path, **{"if-none-match": answer.tag})
            assert (again.status, again.body) == (304, None), path
    gets = {f"GET /api/v1{each.path}" for each in endpoints() if each.method == "GET"}
    assert mine.seen == gets


async def planned(mine: Program) -> tuple[str, str]:
    """The address of a plan to send again, and its tag."""
    cause = (await mine.get("/causes")).data[0]["id"]
    path = f"/causes/{cause}/send"
    return path, (await mine.get(path)).tag


async def test_of_two_who_act_on_one_plan_the_second_is_told_who_was_quicker(shop: Counter) -> None:
    first, second = await program(shop, "admin"), await program(shop, "operator")
    path, tag = await planned(first)
    done = await first.ask("POST", path, {}, {"if-match": tag})
    assert (done.status, done.data["by"], len(done.data["records"])) == (200, "admin", 2)
    late = await second.ask("POST", path, {}, {"if-match": tag})
    assert (late.status, late.body["code"]) == (409, "already-done")
    assert late.body["detail"].startswith("This was done by admin at 20")
    assert late.body["detail"].endswith(": sent again.")
    receipts = (await second.get("/receipts")).data
    assert [receipt["by"] for receipt in receipts] == ["admin"]


async def test_of_two_at_one_moment_one_acts(shop: Counter) -> None:
    mine = await program(shop)
    path, tag = await planned(mine)
    both = await asyncio.gather(*(mine.ask("POST", path, {}, {"if-match": tag}) for _ in range(2)))
    assert sorted(answer.status for answer in both) == [200, 409]
    assert len((await mine.get("/receipts")).data) == 1


async def test_an_act_needs_the_plan_that_its_caller_saw(shop: Counter) -> None:
    mine = await program(shop)
    path, _ = await planned(mine)
    assert (await mine.ask("POST", path, {})).status == 428
    assert (await mine.ask("POST", path, {}, {"if-match": "*"})).status == 428
    moved = await mine.ask("POST", path, {}, {"if-match": '"0000"'})
    assert (moved.status, moved.body["code"]) == (409, "plan-moved")
    assert (await mine.get("/receipts")).data == []


async def test_a_part_is_set_aside_with_a_reason(shop: Counter) -> None:
    mine = await program(shop)
    path, _ = await planned(mine)
    path = path.replace("send", "aside")
    record = (await mine.get(path)).data["records"][0]["record"]
    tag = (await mine.get(f"{path}?record={record}")).tag
    assert (await mine.ask("POST", path, {"record": [record]}, {"if-match": tag})).status == 400
    body = {"record": [record], "why": "entered by hand"}
    done = await mine.ask("POST", path, body, {"if-match": tag})
    assert (done.status, done.data["records"], done.data["why"]) == (200, [record], body["why"])
    again = await mine.ask("POST", path, body, {"if-match": tag})
    assert (again.status, again.body["detail"].endswith(": set aside.")) == (409, True)
    assert (await mine.get(path)).data["cause"]["count"] == 1


async def test_a_switch_is_turned_by_who_saw_it_as_it_stands(shop: Counter) -> None:
    mine = await program(shop)
    path = "/routes/orders/switch"
    seen = await mine.get(path)
    assert seen.data["switch"] == "on"
    body = {"switch": "off", "why": "a stock-take"}
    assert (await mine.ask("PUT", path, body, {"if-match": seen.tag})).status == 200
    late = await mine.ask("PUT", path, {"switch": "on", "why": "go"}, {"if-match": seen.tag})
    assert late.status == 409
    assert "turned off by admin: a stock-take" in late.body["detail"]
    assert (await mine.get(path)).data["switch"] == "off"


async def test_a_list_goes_on_after_the_row_it_ended_with(shop: Counter) -> None:
    mine = await program(shop)
    whole = (await mine.get("/holds")).data["records"]
    assert len(whole) == 3
    paged: list[int] = []
    cursor = ""
    while True:
        answer = await mine.get(f"/holds?limit=1&cursor={cursor}")
        paged += [row["record"] for row in answer.data["records"]]
        assert answer.body["page"]["total"] == 3
        cursor = answer.body["page"]["next"]
        if cursor is None:
            break
    assert paged == [row["record"] for row in whole]
    assert (await mine.get("/holds?cursor=somewhere")).status == 400
    assert (await mine.get("/causes?cursor=nowhere")).status == 400


async def test_what_is_not_understood_is_said_in_a_sentence(shop: Counter) -> None:
    mine = await program(shop)
    for path, said in {
        "/holds?limit=0": "Expected `int` >= 1 - at `$.limit` (in the address).",
        "/holds?colour=red": "Object contains unknown field `colour` (in the address).",
        "/holds?limit=1&limit=2": "'limit' is given twice.",
        "/holds?route=nowhere": "There is no route named 'nowhere'.",
        "/trace?identity=%00": "A NUL stands in it (in the address).",
    }.items():
        answer = await mine.get(path)
        assert (answer.status, answer.body["detail"].partition(" Did")[0]) == (400, said), path
    path, tag = await planned(mine)
    wrong = await mine.ask("POST", path, {"records": []}, {"if-match": tag})
    assert (wrong.status, "unknown field `records`" in wrong.body["detail"]) == (400, True)
    text = await mine.ask("POST", path, None, {"if-match": tag})
    assert text.status == 415
    assert (await mine.get("/holds/123456")).status == 404
    assert (await mine.get("/causes/123456")).status == 404
    assert (await mine.get("/nowhere")).status == 404
