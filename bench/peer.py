"""The peer of the doorway, run as `python -m bench.peer PORT SINK DSN`: insert, commit, post on."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
import asyncpg
import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

_TABLE = "create table arrived (id bigserial primary key, body bytea not null)"


def application(dsn: str, sink: int) -> Starlette:
    """The application: nothing is checked, mapped, counted or remembered."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncGenerator[None]:
        async with asyncpg.create_pool(dsn) as pool, aiohttp.ClientSession() as client:
            await pool.execute(_TABLE)
            app.state.pool, app.state.client = pool, client
            yield

    async def take(request: Request) -> Response:
        body = await request.body()
        await request.app.state.pool.execute("insert into arrived (body) values ($1)", body)
        order = msgspec.json.encode({"reference": str(msgspec.json.decode(body)["id"])})
        url = f"http://127.0.0.1:{sink}/orders"
        async with request.app.state.client.post(url, data=order) as answer:
            await answer.read()
        return Response()

    return Starlette(routes=[Route("/", take, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    port, sink, dsn = sys.argv[1:]
    uvicorn.run(
        application(dsn, int(sink)),
        port=int(port),
        http="httptools",
        access_log=False,
        log_level="warning",
    )
