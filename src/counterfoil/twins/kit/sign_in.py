"""Who may call: fixed secrets, and tokens that are issued, live for a while and are forgotten."""

from __future__ import annotations

import base64
import hmac
from collections import Counter
from collections.abc import Callable, Mapping
from urllib.parse import parse_qsl

import msgspec

from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.memory import Memory, number
from counterfoil.twins.kit.moments import unix_s
from counterfoil.values.clock import Clock

_SPARED = 12  # calls that a new session serves before it may die


def same(given: object, right: str) -> bool:
    """Whether a secret is the right one, compared in constant time."""
    return hmac.compare_digest(str(given).encode(), right.encode())


def basic(user: str, password: str) -> str:
    """The `Authorization` header of HTTP Basic."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def bearer(authorization: str) -> str:
    """The token in an `Authorization` header; "" where it has another scheme."""
    scheme, _, token = authorization.partition(" ")
    return token if scheme == "Bearer" else ""


def form(body: bytes) -> Mapping[str, object]:
    """What a request for a token says: a form, or the same as JSON; nothing where it is neither."""
    if body[:1] == b"{":
        try:
            return msgspec.json.decode(body, type=dict[str, object])
        except msgspec.MsgspecError:
            return {}
    return dict(parse_qsl(body.decode("utf-8", "replace")))


class Tokens:
    """Tokens that live `life_s` seconds; `make` draws a new one. They outlive a restart."""

    def __init__(
        self, memory: Memory, clock: Clock, life_s: float, make: Callable[[], str]
    ) -> None:
        self._memory = memory
        self._clock = clock
        self._life_s = life_s
        self._make = make
        self._served: Counter[str] = Counter()

    def issue(self, *, only: bool = False) -> str:
        """A new token; the `only` one ends those before it."""
        now_s = unix_s(self._clock.now())
        self._memory.run("delete from tokens where ? or until_s <= ?", only, now_s)
        token = self._make()
        self._memory.run("insert or replace into tokens values (?, ?)", token, now_s + self._life_s)
        return token

    def knows(self, token: str) -> bool:
        """Whether a token is good now."""
        until_s = self._memory.number("select until_s from tokens where token = ?", token)
        return until_s > unix_s(self._clock.now())

    def renew(self, token: str) -> None:
        """Let a token live as long again from now on, as a session that was used."""
        until_s = unix_s(self._clock.now()) + self._life_s
        self._memory.run("update tokens set until_s = ? where token = ?", until_s, token)

    def admits(self, token: str, faults: Faults) -> bool:
        """Whether a token is good now, which then lives as long again, as a session does; one that
        has served a while may be forgotten before its time ("token_expired")."""
        if not self.knows(token):
            return False
        if self.served(token) >= _SPARED and faults.strikes("token_expired"):
            self.forget(token)
            return False
        self.renew(token)
        return True

    def served(self, token: str) -> int:
        """How many calls of this process a token has served before this one."""
        self._served[token] += 1
        return self._served[token] - 1

    def forget(self, token: str) -> None:
        """End a token before its time."""
        self._served.pop(token, None)
        self._memory.run("delete from tokens where token = ?", token)


class Client:
    """An app that trades its identity and secret for a token (client credentials, RFC 6749)."""

    def __init__(self, client_id: str, client_secret: str, tokens: Tokens) -> None:
        self._id = client_id
        self._secret = client_secret
        self._tokens = tokens

    def grant(self, form: Mapping[str, object]) -> tuple[str, str]:
        """The token and "", or "" and the error that the standard names."""
        if form.get("grant_type") != "client_credentials":
            return "", "unsupported_grant_type"
        if same(form.get("client_id"), self._id) and same(form.get("client_secret"), self._secret):
            return self._tokens.issue(), ""
        return "", "invalid_client"


class Refreshing:
    """Refresh tokens that work once: each grant ends the one it was asked with and gives the next.

    One that was spent no longer than `grace_s` ago works once more, where nobody has used what it
    gave: its answer may have been lost. What was given first is then worth nothing. `first` is the
    one that a person's sign-in gave. They outlive a restart.
    """

    def __init__(self, memory: Memory, clock: Clock, tokens: Tokens, first: str, grace_s: float,
                 make: Callable[[], str]) -> None:  # fmt: skip
        self._memory = memory
        self._clock = clock
        self._tokens = tokens
        self._grace_s = grace_s
        self._make = make
        memory.run("insert or ignore into refreshes values (?, null, null, null)", first)

    def answered(self, form: Mapping[str, object], *, known: bool) -> Mapping[str, object]:
        """What a token's address answers an app, which is `known` or not: what it gives, or the
        `error` that the standard names (RFC 6749)."""
        if not known:
            return {"error": "invalid_client"}
        if form.get("grant_type") != "refresh_token":
            return {"error": "unsupported_grant_type"}
        token, following = self.grant(str(form.get("refresh_token", "")))
        if not token:
            return {"error": "invalid_grant"}
        return {"access_token": token, "refresh_token": following, "token_type": "Bearer"}

    def grant(self, refresh: str) -> tuple[str, str]:
        """A token and the next refresh token; two empty texts where this one is dead."""
        with self._memory.transaction():
            row = self._memory.row("select spent_s from refreshes where token = ?", refresh)
            if row is None or (row[0] is not None and not self._spared(refresh, number(row[0]))):
                return "", ""
            self._forget_after(refresh)
            token, following = self._tokens.issue(), self._make()
            now_s = unix_s(self._clock.now())
            sql = "update refreshes set spent_s = coalesce(spent_s, ?) where token = ?"
            self._memory.run(sql, now_s, refresh)
            values = (following, refresh, token)
            self._memory.run("insert into refreshes values (?, null, ?, ?)", *values)
            return token, following

    def _spared(self, refresh: str, spent_s: float) -> bool:
        """Whether one that was spent works once more."""
        used = self._memory.number(
            "select count(*) from refreshes where before = ? and spent_s is not null", refresh
        )
        return not used and unix_s(self._clock.now()) - spent_s < self._grace_s

    def _forget_after(self, refresh: str) -> None:
        """What was given for it before, and may never have arrived, is worth nothing."""
        for (token,) in self._memory.rows("select given from refreshes where before = ?", refresh):
            self._tokens.forget(str(token))
        self._memory.run("delete from refreshes where before = ?", refresh)
