"""Who may call: a user and a password for a token, a token for everything else."""

from __future__ import annotations

import base64
import hmac
import random

from counterfoil.values.clock import Clock


class SignIn:
    """The tokens of one API user. A token lives `ttl_s` seconds; `one` ends the earlier ones."""

    def __init__(
        self,
        user: str,
        password: str,
        *,
        ttl_s: float,
        one: bool,
        clock: Clock,
        chance: random.Random,
    ) -> None:
        self._basic = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self._ttl_s = ttl_s
        self._one = one
        self._clock = clock
        self._chance = chance
        self._tokens: dict[str, float] = {}
        self._served: dict[str, int] = {}

    def token(self, authorization: str) -> str | None:
        """A new token for the right user and password, else None."""
        if not hmac.compare_digest(authorization.encode(), self._basic.encode()):
            return None
        now_s = self._clock.monotonic()
        kept = {} if self._one else self._tokens
        self._tokens = {token: ends for token, ends in kept.items() if ends > now_s}
        self._served = {token: self._served[token] for token in self._tokens}
        token = self._chance.randbytes(24).hex()
        self._tokens[token] = now_s + self._ttl_s
        self._served[token] = 0
        return token

    def served(self, authorization: str) -> int | None:
        """How many calls the token has served before this one; None where it is no good."""
        scheme, _, token = authorization.partition(" ")
        ends_s = self._tokens.get(token) if scheme == "Bearer" else None
        if ends_s is None or ends_s <= self._clock.monotonic():
            return None
        self._served[token] += 1
        return self._served[token] - 1

    def forget(self, authorization: str) -> None:
        """End a token before its time."""
        self._tokens.pop(authorization.removeprefix("Bearer "), None)
