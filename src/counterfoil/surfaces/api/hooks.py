"""Hooks: raw bytes arrive, are proven genuine, and are on disk before they are acknowledged.

Nothing is interpreted here. What is not signed, too large, or not for us is refused in one
sentence, and leaves nothing behind but a count.

What anybody may send without a secret costs next to nothing: a line holds a quarter of a MiB at
most (`line.py`), a body its first 64 KiB (`body.py`), and all of them together what one room has
(`room.py`). One without a signature is refused before its body is read.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response

from counterfoil.app import Connected, House
from counterfoil.flows.feed import hearing
from counterfoil.flows.intake import Intake, Message
from counterfoil.kit.manifest import Webhook
from counterfoil.kit.webhook import Delivery, Seal, mark, named
from counterfoil.surfaces.api.body import Body
from counterfoil.surfaces.api.line import Line
from counterfoil.surfaces.api.room import Room, Share
from counterfoil.values.errors import CounterfoilError, Refuse, Retry
from counterfoil.values.strike import strike

MOST_BYTES = 8 * 1024 * 1024
LAID = 512 * 1024 * 1024
_DEADLINE_S = 10.0  # for the whole body; a sender that drips is not waited for


class Hooks:
    """The door `/hooks/{connection}`."""

    def __init__(self, house: House, intake: Intake) -> None:
        self._house = house
        self._intake = intake
        self._disk = Room(LAID)
        self._secrets = {name: _signing(connected) for name, connected in house.connections.items()}

    async def take(self, request: Request) -> Response:
        """2xx: it is on disk. 401: not genuine. 413: too large. 503: come again."""
        try:
            connected, hook = self._connected(request)
            headers = {name.lower(): text for name, text in request.headers.items()}
            now = self._house.engine.clock.now()
            seal = Seal(hook, self._secrets[connected.name], headers, now)
            with Body(Line.room, self._disk) as body:
                await _read(request, body, seal)
                strike("C1")
                delivery = seal.delivery()
                if hook.topic_at or hook.delivery_at:
                    delivery = named(hook, delivery, await body.whole())
                answer = await self._keep(connected, hook, delivery, body)
                return Response(status_code=answer.status_code) if hook.bodiless else answer
        except Retry as error:
            return _answer(503, error, {"retry-after": str(max(1, round(error.after_s)))})
        except Refuse as error:
            self._house.engine.fired[f"refused-{error.code}"] += 1
            return _answer(_STATUS.get(error.code, 400), error)
        except ClientDisconnect:
            return Response(status_code=400)

    def _connected(self, request: Request) -> tuple[Connected, Webhook]:
        name = request.path_params["connection"]
        connected = self._house.connections.get(name)
        hook = connected.connector.manifest.webhook if connected else None
        if connected is None or hook is None:
            raise Refuse("There is no such door.", code="no-door")
        return connected, hook

    async def _keep(
        self, connected: Connected, hook: Webhook, delivery: Delivery, body: Body
    ) -> Response:
        if delivery.document is None:
            return JSONResponse({"stored": False, "said": "a topic that no route takes"})
        whole = await body.whole()
        receipt = await self._intake.take(
            Message(
                connection=connected.id,
                topic=delivery.topic,
                number=delivery.number,
                body=whole,
                routes=hearing(self._house.engine.routes.values(), connected.id, delivery.document),
                topics=tuple(hook.topics),
                mark=mark(hook, delivery.number, whole),
            )
        )
        strike("C3")
        return JSONResponse({"stored": receipt == "stored", "known": receipt == "known"})


_STATUS = {"signature": 401, "replayed": 401, "no-door": 404, "too-large": 413, "too-slow": 408}


async def _read(request: Request, body: Body, seal: Seal) -> None:
    """Take the body as it comes. Raises `Refuse` where it is too large or too slow."""
    length = request.headers.get("content-length", "0")
    if length.isdecimal() and int(length) > MOST_BYTES:
        raise _too_large()
    try:
        async with asyncio.timeout(_DEADLINE_S):
            while await _part(request, body, seal):
                pass
    except TimeoutError:
        raise Refuse(
            f"The body did not arrive within {_DEADLINE_S:g} s.", code="too-slow"
        ) from None


async def _part(request: Request, body: Body, seal: Seal) -> bool:
    """Take one part; whether there are more. A function, so that nothing holds it while we wait."""
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    part: bytes = message["body"]
    if body.size + len(part) > MOST_BYTES:
        raise _too_large()
    seal.add(part)
    await body.add(part)
    share: Share | None = request.scope.get("state", {}).get("share")
    if share is not None:  # a rehearsal's messages come by no line
        share.give(len(part))
    return message["more_body"]


def _too_large() -> Refuse:
    return Refuse(f"A message has at most {MOST_BYTES:,} bytes.", code="too-large")


def _signing(connected: Connected) -> Sequence[str]:
    """The secrets that may have signed: the present one, and for a while the one before it."""
    hook, secret = connected.connector.manifest.webhook, connected.secret
    return [secret[name] for name in (hook.secrets if hook else ()) if name in secret]


def _answer(
    status: int, error: CounterfoilError, headers: Mapping[str, str] | None = None
) -> Response:
    """A refusal, and the line's end: a body that was not read could drip on for ever."""
    closing = {"connection": "close", **(headers or {})}
    return JSONResponse({"code": error.code, "said": error.said}, status, closing)
