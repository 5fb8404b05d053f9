"""A twin's control room, which no vendor has: what happened, what is held, an end of faults."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from counterfoil.twins.kit.answers import answer
from counterfoil.twins.kit.gate import CONTROL
from counterfoil.twins.kit.paging import keyset
from counterfoil.twins.kit.twin import Twin
from counterfoil.twins.kit.webhooks import Webhooks

PAGE: Final = 1000


def control(twin: Twin, *further: Route, webhooks: Webhooks | None = None) -> Router:
    """The addresses under `/_twin/`; a vendor may have some `further` ones."""

    async def report(request: Request) -> Response:
        """What has happened so far."""
        return answer(twin.report())

    async def calm(request: Request) -> Response:
        """No more faults."""
        twin.calm()
        return answer({"calm": True})

    async def book(request: Request) -> Response:
        """What the twin holds of a word, for whoever checks: `after` (the key of the last entry)
        and `limit` make pages."""
        after, limit = keyset(request, "after", PAGE, PAGE)
        page = itertools.islice(twin.book(request.path_params["word"], after), limit)
        return answer({"entries": [entry._asdict() for entry in page]})

    async def accepted(request: Request) -> Response:
        """Every message that was acknowledged, by topic and digest: `topic` and `digest` of the
        last one begin the next page."""
        query: Mapping[str, str] = request.query_params
        after = (query.get("topic", ""), query.get("digest", ""))
        return answer({"accepted": webhooks.accepted(after, PAGE) if webhooks else ()})

    return Router(
        [
            Route(CONTROL + "report", report),
            Route(CONTROL + "calm", calm, methods=["POST"]),
            Route(CONTROL + "book/{word}", book),
            Route(CONTROL + "accepted", accepted),
            *further,
        ]
    )
