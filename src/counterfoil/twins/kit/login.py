"""A sign-in by user and password that is answered with a token, which every call then carries."""

from __future__ import annotations

from starlette.requests import Request

from counterfoil.twins.kit.faults import Faults
from counterfoil.twins.kit.sign_in import Tokens, basic, bearer, same


class Login:
    """Who may call. A token is forgotten before its time where the fault "token_expired" says so,
    once it has served `spared` calls: one that was just fetched must not be refused as well."""

    def __init__(
        self, user: str, password: str, tokens: Tokens, faults: Faults, *, spared: int
    ) -> None:
        self._right = basic(user, password)
        self._tokens = tokens
        self._faults = faults
        self._spared = spared

    def token(self, request: Request, *, only: bool) -> str:
        """A token for the right user and password, else ""; the `only` one ends those before it."""
        right = same(request.headers.get("authorization", ""), self._right)
        return self._tokens.issue(only=only) if right else ""

    def knows(self, request: Request) -> bool:
        """Whether a call has a good token."""
        token = bearer(request.headers.get("authorization", ""))
        if not self._tokens.knows(token):
            return False
        served = self._tokens.served(token)
        if served >= self._spared and self._faults.strikes("token_expired"):
            self._tokens.forget(token)
            return False
        return True
