"""How Peoplevox is spoken to: one SOAP address, a session in the envelope, errors at HTTP 200."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Final

from counterfoil.connectors.peoplevox.profile import TITLE, Profile
from counterfoil.kit.api import faults
from counterfoil.kit.api.api import Api, Usage
from counterfoil.kit.api.auth import Fixed
from counterfoil.kit.api.call import Call
from counterfoil.kit.api.grant import Grant
from counterfoil.kit.api.soap import XML, InSession, Operations, Spoken
from counterfoil.kit.connector import Opening
from counterfoil.kit.formats.xml import Element

FAULTS: Final = faults.load(__package__ or "")
SPOKEN: Final = Spoken(FAULTS, "ResponseId", "Detail", ("Invalid Session", "Session Expired"))


class Client:
    """The calls of one connection; every answer has been judged by the table."""

    def __init__(self, opening: Opening, profile: Profile) -> None:
        self._secret = opening.secret
        self._profile = profile
        self._api = Api(opening, TITLE, Fixed(dict), FAULTS, Usage({"calls": 1.0}), XML)
        operations = self._operations = Operations(self._api, "http://www.peoplevox.net/")
        self._session = InSession(
            operations, SPOKEN, self._sign_in, opening.clock, header=self._header
        )

    async def ask(
        self, operation: str, texts: Mapping[str, str], around: str = "", *, writes: bool = False
    ) -> Element:
        """The result of an operation that went well, given `texts`, which stand in the element
        `around` where that is named. Raises `Settle` where a write may have landed."""
        operations, call = self._operations, self._call(writes=writes)
        parts = [operations.nested(around, texts)] if around else operations.elements(texts)
        return await self._session.result(call, operation, parts)

    def _call(self, *, writes: bool) -> Call:
        path = f"/{self._profile.client_id}/resources/integrationservicev4.asmx"
        return self._api.call("POST", path, writes=writes)

    def _header(self, session: str) -> Element:
        texts = {"UserId": "0", "ClientId": self._profile.client_id, "SessionId": session}
        return self._operations.nested("UserSessionCredentials", texts)

    async def _sign_in(self) -> Grant:
        password = base64.b64encode(self._secret("password").encode()).decode()
        names = {"clientId": self._profile.client_id, "username": self._secret("user")}
        parts = self._operations.elements({**names, "password": password})
        call = self._call(writes=False)
        result = SPOKEN.good(await self._operations.result(call, "Authenticate", parts), call)
        session = result.said("Detail").rpartition(",")[2]
        return Grant(session, 60.0 * self._profile.session_minutes)
