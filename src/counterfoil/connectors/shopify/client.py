"""Shopify's dialect: where it is called, with which token, and what a query costs."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode

import msgspec

from counterfoil.connectors.shopify import answers
from counterfoil.kit.connector import Opening
from counterfoil.kit.formats import strict_json
from counterfoil.kit.transport import Answer, recording
from counterfoil.values.clock import Instant, later, seconds_between
from counterfoil.values.errors import Misconfigured, SignIn
from counterfoil.values.strike import strike

VERSION: Final = "2026-10"
_PATH = f"/admin/api/{VERSION}/graphql.json"
_RENEW_S = 600.0  # a token is renewed this long before it dies
_LONGEST_LIFE_S = 10 * 366 * 86_400
_MOST_AT_ONCE = 1000.0  # points; Shopify refuses a dearer query whatever the plan


class Granted(msgspec.Struct, frozen=True):
    """The answer of the client credentials grant; the token lives `expires_in` seconds."""

    access_token: Annotated[str, msgspec.Meta(pattern=r"^[!-~]+\Z")]  # what a header can carry
    expires_in: Annotated[int, msgspec.Meta(ge=0, le=_LONGEST_LIFE_S)]


class Client:
    """GraphQL calls on one shop. `version_seen` is the API version that really answered."""

    def __init__(self, opening: Opening) -> None:
        self.version_seen = ""
        self.clock = opening.clock
        self.where = opening.name
        self.transport = opening.transport
        self._tokens = _Tokens(opening)
        self._costs: dict[str, float] = {}

    async def ask(
        self, document: str, variables: Mapping[str, Any], *, kind: str, estimate: float
    ) -> dict[str, Any]:
        """The data that `document` gives.

        `kind` names the document and the sizes it was asked with: what it cost last time is
        taken from the budget first, `estimate` points until that is known. Raises the kinds of
        `answers`; nothing is asked twice, save once after a token that has died.
        """
        body = msgspec.json.encode({"query": document, "variables": variables})
        cost = min(_MOST_AT_ONCE, self._costs.get(kind, estimate))
        token = await self._tokens.current()
        answer = await self._post(token, body, cost)
        if answer.status == 401 and self._tokens.refused(token):
            answer = await self._post(await self._tokens.current(), body, cost)
        self.version_seen = answer.headers.get("x-shopify-api-version", self.version_seen)
        if answer.status != 200:
            raise answers.status_fault(answer, self.where)
        found = answers.body_of(answer, self.where)
        await self._settle(kind, cost, found.extensions.cost)
        fault = answers.fault_of(found, self.where)
        if fault is not None:
            raise fault
        return found.data or {}

    async def fetch(self, url: str, start: int, end: int) -> Answer:
        """Bytes `start` to `end` (inclusive) of a file that Shopify offers, without our token."""
        wanted = {"range": f"bytes={start}-{end}"}
        return await self.transport.call("GET", url, writes=False, headers=wanted)

    async def _post(self, token: str, body: bytes, cost: float) -> Answer:
        headers = {"content-type": "application/json", "x-shopify-access-token": token}
        return await self.transport.call(
            "POST", _PATH, writes=False, cost={"cost": cost}, headers=headers, body=body
        )

    async def _settle(self, kind: str, taken: float, cost: answers.Cost | None) -> None:
        if cost is None:
            return
        self._costs[kind] = cost.requested_query_cost
        # What was reserved and not used goes back at Shopify, and so it does in our book.
        refund = max(0.0, taken - (cost.actual_query_cost or 0.0))
        left = cost.throttle_status.currently_available
        await self.transport.throttle.reconcile("cost", left, refund)


class _Tokens:
    """The access token: fixed, or granted for a day and renewed by one caller at a time."""

    def __init__(self, opening: Opening) -> None:
        self._opening = opening
        self._gate = asyncio.Lock()
        self._token = ""
        self._dies: Instant | None = None
        self._granted = _grants(opening)

    async def current(self) -> str:
        """The token to send now."""
        if not self._granted:
            return self._opening.secret("access_token")
        async with self._gate:
            if not self._token or self._dying():
                await self._renew()
            return self._token

    def refused(self, token: str) -> bool:
        """Drop `token`, unless another caller already has a new one; whether one can be had."""
        if self._token == token:
            self._token = ""
        return self._granted

    def _dying(self) -> bool:
        now = self._opening.clock.now()
        return self._dies is not None and seconds_between(now, self._dies) <= _RENEW_S

    async def _renew(self) -> None:
        granted = await self._grant()
        strike("C15")
        self._token = granted.access_token
        self._dies = later(self._opening.clock.now(), granted.expires_in)

    async def _grant(self) -> Granted:
        secret = self._opening.secret
        form = {
            "grant_type": "client_credentials",
            "client_id": secret("client_id"),
            "client_secret": secret("client_secret"),
        }
        # The request and its answer are nothing but credentials: they stay off the tape.
        with recording():
            answer = await self._opening.transport.call(
                "POST",
                "/admin/oauth/access_token",
                writes=False,
                headers={"content-type": "application/x-www-form-urlencoded"},
                body=urlencode(form).encode(),
            )
        return self._granting(answer)

    def _granting(self, answer: Answer) -> Granted:
        where = self._opening.name
        if answer.status in (400, 401, 403):
            raise SignIn(
                f"{where} does not accept the client id and secret.",
                do="Check client_id and client_secret, and that the app is installed on this shop.",
                where=where,
            )
        if answer.status != 200:
            raise answers.status_fault(answer, where)
        return strict_json.convert(strict_json.parse(answer.body), Granted, what=f"{where}'s grant")


def _grants(opening: Opening) -> bool:
    way = opening.settings.get("sign_in", "token")
    if way not in ("token", "client-credentials"):
        raise Misconfigured(
            f"sign_in cannot be {way!r}.",
            do='Use "token" or "client-credentials".',
            where=opening.name,
        )
    return way == "client-credentials"
