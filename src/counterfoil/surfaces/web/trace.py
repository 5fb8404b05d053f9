"""Trace: where is this document, and who touched it? By a number, an e-mail, an amount."""

from __future__ import annotations

import re

import msgspec
from starlette.responses import Response

from counterfoil.surfaces.desk import search, trace
from counterfoil.surfaces.desk.amount import amount_of
from counterfoil.surfaces.desk.routes import listing
from counterfoil.surfaces.desk.search import Documents, Sought, states_of
from counterfoil.surfaces.desk.timeline import line
from counterfoil.surfaces.desk.trace import Traced
from counterfoil.surfaces.web.visitor import Visitor, signed_in

_AMOUNT = re.compile(r"[£€$]\s?[\d,]+(\.\d+)?|[\d,]+\.\d{1,3}( [A-Za-z]{3})?|[A-Za-z]{3} [\d,.]+")
_MOST = 100


@signed_in
async def traced(visitor: Visitor) -> Response:
    """What was typed: one document and its story, or those that it may mean."""
    text = " ".join(visitor.word("q").split())[:200]
    route, state = visitor.word("route"), visitor.word("state")
    traced_document: Traced | None = None
    documents: Documents | None = None
    if text and not (route or state or _AMOUNT.fullmatch(text)):
        evidence = visitor.word("grain") == "evidence"
        traced_document = await trace.trace(visitor.desk, text, evidence=evidence)
    if (traced_document is None or not traced_document.stories) and (text or route or state):
        documents = await _sought(visitor, text, route, state)
    return visitor.shown(
        "trace.html",
        q=text,
        route=route,
        state=state,
        grain=visitor.word("grain"),
        found=traced_document,
        lines=[line(story) for story in traced_document.stories] if traced_document else [],
        documents=documents,
        routes=await listing(visitor.desk) if not text else [],
    )


async def _sought(visitor: Visitor, text: str, route: str, state: str) -> Documents:
    states: tuple[int, ...] = ()
    for word in state.split():
        states += states_of(word)
    sought = Sought(states=states, route=route or None, limit=_MOST)
    if _AMOUNT.fullmatch(text):
        amount = amount_of(text.replace(",", ""))
        return await search.search(visitor.desk, msgspec.structs.replace(sought, amount=amount))
    return await search.search(visitor.desk, msgspec.structs.replace(sought, text=text))
