"""The desk for programs: each question is answered as the description says, and each act is done
once, by who saw what it is about."""

from __future__ import annotations

from counter import Counter
from program import program

from counterfoil.surfaces.api.v1.openapi import description
from counterfoil.surfaces.api.v1.registry import endpoints
from counterfoil.surfaces.desk.registry import acts

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
