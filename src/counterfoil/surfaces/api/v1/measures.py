"""Measures: whether the house is alive and ready, and the figures that watch it, for Prometheus.

Nothing of a person and no secret is among them. The figures are for whoever has a token for them,
or asks from this machine at a desk that is opened for this machine alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from counterfoil.surfaces.desk import metrics, tokens
from counterfoil.surfaces.desk.acts import allow
from counterfoil.surfaces.desk.opening import StaffedDesk, acting
from counterfoil.values.errors import Retry

_FORMAT = "text/plain; version=0.0.4; charset=utf-8"
_PROXIED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


async def caller(request: Request) -> StaffedDesk:
    """The desk, as whoever holds this request's token asks it. Raises `Refuse` without one."""
    desk: StaffedDesk = request.app.state.desk
    kind, _, word = request.headers.get("authorization", "").partition(" ")
    token = word.strip() if kind.casefold() == "bearer" else ""
    bearer = await tokens.bearer(desk.database, desk.clock, token)
    return acting(desk, bearer.name, bearer.role, bearer.scopes)


async def health(request: Request) -> Response:
    """This process is alive."""
    return JSONResponse({"alive": True}, headers={"cache-control": "no-store"})


async def ready(request: Request) -> Response:
    """The database answers, so that what is asked here can be answered."""
    desk: StaffedDesk = request.app.state.desk
    try:
        await metrics.reachable(desk)
    except Retry as error:
        return JSONResponse({"ready": False, "said": error.said}, 503)
    return JSONResponse({"ready": True}, headers={"cache-control": "no-store"})


async def figures(request: Request) -> Response:
    """The figures, as Prometheus reads them."""
    if _from_here(request):
        desk: StaffedDesk = request.app.state.desk
    else:
        desk = await caller(request)
        allow(desk, "web metrics")
    families = await metrics.metrics(desk, request.app.state.meter)
    return PlainTextResponse(metrics.text(families), media_type=_FORMAT)


def _from_here(request: Request) -> bool:
    """Whether somebody on this machine asks at a door that is open to this machine alone. What a
    proxy hands on may be from anywhere."""
    desk: StaffedDesk = request.app.state.desk
    host = request.client.host if request.client else ""
    doors = [desk.config.file.desk.host, host]
    return all(_loopback(name) for name in doors) and not any(
        name in request.headers for name in _PROXIED
    )


def _loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


DOORS: Mapping[str, Callable[[Request], Awaitable[Response]]] = {
    "/health": health,
    "/ready": ready,
    "/metrics": figures,
}
