"""The web application: hooks, health and readiness."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from counterfoil.app import House
from counterfoil.flows.intake import Intake
from counterfoil.store import pages
from counterfoil.surfaces.api.hooks import Hooks
from counterfoil.values.errors import Retry


def application(house: House, intake: Intake) -> Starlette:
    """The ASGI application of one house."""

    async def healthy(request: Request) -> Response:
        return JSONResponse({"alive": True, "holder": house.engine.holder})

    async def ready(request: Request) -> Response:
        try:
            waiting = await pages.open_now(house.engine.database)
        except Retry as error:
            return JSONResponse({"ready": False, "said": error.said}, 503)
        return JSONResponse({"ready": True, "open_pages": waiting.open})

    return Starlette(
        routes=[
            Route("/hooks/{connection}", Hooks(house, intake).take, methods=["POST"]),
            Route("/healthy", healthy),
            Route("/ready", ready),
        ]
    )
