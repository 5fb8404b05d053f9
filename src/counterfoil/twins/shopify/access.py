"""Who may call: tokens for client credentials, and what each call must carry."""

from __future__ import annotations

import hmac
import random
from collections.abc import Mapping

from counterfoil.twins.shopify.memory import Memory
from counterfoil.twins.shopify.problem import Json
from counterfoil.twins.shopify.profile import Pace, Profile
from counterfoil.twins.shopify.spelling import unix_s
from counterfoil.values.clock import Clock


class Access:
    """The tokens of the shop's one app; they live a day and are not renewed, only asked for anew
    (shopify.dev, client credentials grant)."""

    def __init__(
        self, memory: Memory, profile: Profile, pace: Pace, clock: Clock, chance: random.Random
    ) -> None:
        self._memory = memory
        self._profile = profile
        self._pace = pace
        self._clock = clock
        self._chance = chance

    def grant(self, asked: Mapping[str, object]) -> tuple[int, Json]:
        """The HTTP status and the answer to a request for a token."""
        if asked.get("grant_type") != "client_credentials":
            return 400, {"error": "unsupported_grant_type"}
        if not (
            _same(asked.get("client_id"), self._profile.client_id)
            and _same(asked.get("client_secret"), self._profile.client_secret)
        ):
            return 401, {"error": "invalid_client"}
        token = f"shpat_{self._chance.getrandbits(128):032x}"
        until_s = unix_s(self._clock.now()) + self._pace.token_s
        self._memory.run("insert into tokens values (?, ?)", token, until_s)
        return 200, {
            "access_token": token,
            "scope": ",".join(self._profile.scopes),
            "expires_in": int(self._pace.token_s),
        }

    def knows(self, token: str) -> bool:
        """Whether a call with this token is let in."""
        if self._profile.token and _same(token, self._profile.token):
            return True
        until_s = self._memory.number("select until_s from tokens where token = ?", token)
        return until_s > unix_s(self._clock.now())


def _same(given: object, right: str) -> bool:
    return hmac.compare_digest(str(given).encode(), right.encode())
