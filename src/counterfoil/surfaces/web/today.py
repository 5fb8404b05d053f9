"""Today: is all well, and what does it cost?"""

from __future__ import annotations

from starlette.responses import JSONResponse, Response

from counterfoil.surfaces.desk import causes, today
from counterfoil.surfaces.web.visitor import Visitor, signed_in


@signed_in
async def first(visitor: Visitor) -> Response:
    """The first page."""
    now = await today.today(visitor.desk)
    title = today.title([route.state.document for route in now.routes])
    return visitor.shown("today.html", today=now, title=title)


@signed_in
async def news(visitor: Visitor) -> Response:
    """How many wait now, for a page that is open; rows never move by themselves."""
    return JSONResponse({"waiting": await causes.count(visitor.desk)})
