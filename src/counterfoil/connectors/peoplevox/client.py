"""How Peoplevox is spoken to: one SOAP address, a session in the envelope, errors at HTTP 200."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Final

from counterfoil.connectors.peoplevox.profile import TITLE, Profile
from counterfoil.kit.api import faults
from counterfoil.kit.api.api import Api, Usage
from counterfoil.kit.api.auth import Fixed
from counterfoil.kit.api.call import Call
from counterfoil.kit.api.grant import Grant, Granted
from counterfoil.kit.api.soap import XML, Operations
from counterfoil.kit.connector import Opening
from counterfoil.kit.formats.xml import Element
from counterfoil.kit.transport import hiding

FAULTS: Final = faults.load(__package__ or "")
"""Its codes are fragments of the text that says what went wrong; the first that fits counts."""
_DEAD: Final = ("Invalid Session", "Session Expired")


class Client:
    """The calls of one connection; every answer has been judged by the table."""

    def __init__(self, opening: Opening, profile: Profile) -> None:
        self._secret = opening.secret
        self._profile = profile
        self._api = Api(opening, TITLE, Fixed(dict), FAULTS, Usage({"calls": 1.0}), XML)
        self.operations = Operations(self._api, "http://www.peoplevox.net/")
        self._session = Granted(self._sign_in, opening.clock, dress=lambda id: {"SessionId": id})

    async def ask(
        self, operation: str, parts: Sequence[Element], *, writes: bool = False
    ) -> Element:
        """The result of an operation that went well. A session that has died is renewed once.

        Raises `Settle` where a write may have landed, and the kinds of the table.
        """
        call = self._call(writes=writes)
        session = await self._session.headers(call)
        result = await self._in_session(call, operation, parts, session)
        if any(text in result.said("Detail") for text in _DEAD) and self._session.refused(session):
            # Nothing was done without a session: the same call may be made in a new one.
            session = await self._session.headers(call)
            result = await self._in_session(call, operation, parts, session)
        return _good(result, call)

    def _call(self, *, writes: bool) -> Call:
        path = f"/{self._profile.client_id}/resources/integrationservicev4.asmx"
        return self._api.call("POST", path, writes=writes)

    async def _in_session(
        self, call: Call, operation: str, parts: Sequence[Element], session: Mapping[str, str]
    ) -> Element:
        names = {"UserId": "0", "ClientId": self._profile.client_id, **session}
        texts = self.operations.elements(names)
        header = self.operations.element("UserSessionCredentials", texts)
        with hiding(*session.values()):
            return await self.operations.result(call, operation, parts, header)

    async def _sign_in(self) -> Grant:
        password = base64.b64encode(self._secret("password").encode()).decode()
        names = {"clientId": self._profile.client_id, "username": self._secret("user")}
        parts = self.operations.elements({**names, "password": password})
        call = self._call(writes=False)
        result = _good(await self.operations.result(call, "Authenticate", parts), call)
        session = result.said("Detail").rpartition(",")[2]
        return Grant(session, 60.0 * self._profile.session_minutes)


def _good(result: Element, call: Call) -> Element:
    """The result, unless it is a refusal."""
    match result.said("ResponseId"), result.said("Detail"):
        case "0", _:
            return result
        case "", _:
            raise FAULTS.doubtful(f"{TITLE} answered without a ResponseId", call)
        case _, detail:
            fragments = (text for text in FAULTS.codes if text.lower() in detail.lower())
            fault = FAULTS.codes[next(fragments, "other")]
            raise FAULTS.error(fault, call, quoted=detail[:400] or "(no reason given)")
