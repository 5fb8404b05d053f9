"""The same twin behind a real server: what a real client sees of it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import uvicorn

from counterfoil.twins.orderwise import OrderWiseTwin
from counterfoil.values.clock import SystemClock


@asynccontextmanager
async def served(twin: OrderWiseTwin) -> AsyncGenerator[aiohttp.ClientSession]:
    """A client whose base address is the twin's, served on a free port, signed in."""
    server = uvicorn.Server(uvicorn.Config(twin.app, log_level="critical", lifespan="off"))
    listening = socket.create_server(("127.0.0.1", 0))  # who calls early waits in its queue
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    port = listening.getsockname()[1]
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as client:
        basic = {"Authorization": aiohttp.encode_basic_auth("api", "right")}
        async with client.get("/token/gettoken", headers=basic) as answer:
            client.headers["Authorization"] = f"Bearer {await answer.json()}"
        yield client
    server.should_exit = True
    await serving


async def place(client: aiohttp.ClientSession, body: dict, timeout_s: float = 2.0) -> dict:
    timeout = aiohttp.ClientTimeout(total=timeout_s)
    address = "/sales/order?session_id=12"
    body["orderHeader"] |= {"orderGross": 60.65, "deliveryGross": 4.95}
    for line, gross in zip(body["orderLines"], (21.60, 12.50), strict=True):
        line["itemGross"] = gross
    async with client.post(address, json=body, timeout=timeout) as answer:
        answer.raise_for_status()
        return await answer.json()


async def test_an_order_goes_out_and_comes_back_over_http(opened, order):
    twin = opened(clock=SystemClock()).twin
    async with served(twin) as client:
        placed = await place(client, order())
        parameters = [{"name": "@refs", "value": placed["eCommerceOrderNumber"]}]
        async with client.post("/system/export-definition/101", json=parameters) as answer:
            [row] = await answer.json()
        async with client.get("/_twin/report") as answer:
            report = await answer.json()
    assert (row["owOrderId"], row["gross"]) == (placed["orderId"], 60.65)
    assert (report["orders"], report["calls"], report["over_limit"]) == (1, 3, 0)


@pytest.mark.parametrize(
    ("fault", "seen", "orders"),
    [
        ("reset_after", aiohttp.ClientPayloadError, 1),
        ("timeout_after", TimeoutError, 1),
        ("timeout_before", TimeoutError, 0),
        ("server_error_after", aiohttp.ClientResponseError, 1),
        ("html_page", aiohttp.ContentTypeError, 0),
    ],
)
async def test_a_real_client_meets_the_fault(opened, order, fault, seen, orders):
    twin = opened(always=fault, clock=SystemClock(), patience_s=0.2).twin
    async with served(twin) as client:
        with pytest.raises(seen):
            await place(client, order(), timeout_s=0.2)
    report = twin.report()
    assert (report.orders, report.faults[fault]) == (orders, 1)
    assert report.over_slots == 0


async def test_a_caller_more_patient_than_expected_sees_the_cut(opened, order):
    twin = opened(always="timeout_after", clock=SystemClock(), patience_s=0.1).twin
    async with served(twin) as client:
        with pytest.raises(aiohttp.ClientPayloadError):
            await place(client, order())
    assert twin.report().orders == 1
