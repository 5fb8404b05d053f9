"""The twin, put together: one address that answers every operation, and its own count."""

from __future__ import annotations

import asyncio
import base64
import random
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from counterfoil.twins.kit.answers import refused as plain
from counterfoil.twins.kit.bad_day import BadDay
from counterfoil.twins.kit.book import Entry
from counterfoil.twins.kit.control import control
from counterfoil.twins.kit.courier import Send, unheard
from counterfoil.twins.kit.faults import Faults, Weather
from counterfoil.twins.kit.gate import Front, Gate
from counterfoil.twins.kit.landed import landed
from counterfoil.twins.kit.limits import Meter, Window
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.moments import unix_s
from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.kit.sign_in import Tokens, same
from counterfoil.twins.kit.soap import Asked, fault, read
from counterfoil.twins.kit.twin import Report
from counterfoil.twins.kit.write_faults import WriteFaults
from counterfoil.twins.peoplevox.envelope import Result, Status, answer, refused
from counterfoil.twins.peoplevox.faults import CATALOGUE, VENDOR
from counterfoil.twins.peoplevox.orders import LINES, Cells, Orders
from counterfoil.twins.peoplevox.site import TEMPLATES, Site
from counterfoil.values.clock import Clock

_SPARED = 12  # calls that a new session serves before it may die
_PAGE = "<!DOCTYPE html><html><title>Peoplevox</title><p>Please sign in.</p></html>"
_NO_SESSION = refused("System : Security - Invalid Session")


class PeoplevoxTwin:
    """One Peoplevox site; `.app` is its ASGI application. It sends nothing by itself."""

    def __init__(
        self,
        memory: Memory,
        clock: Clock,
        chance: random.Random,
        weather: Weather,
        site: Site,
        send: Send = unheard,
    ) -> None:
        self._memory, self._clock, self._site = memory, clock, site
        catalogue = CATALOGUE if weather.catalogue is None else weather.catalogue
        self.faults = Faults(catalogue, weather.day, chance, memory)
        self.orders = Orders(memory, site, clock)
        self._sessions = Tokens(memory, clock, site.idle_s, lambda: chance.randbytes(16).hex())
        day = BadDay(VENDOR, self.faults, clock, site.patience_s)
        self._day = WriteFaults(day, chance, _failed)
        front = Front(
            known=lambda request: True,
            stranger=lambda request: Response(status_code=401),
            too_many=lambda wait_s: plain("text", 429, site.over_limit),
            before=lambda request: self._day.before(_PAGE),
        )
        meter = Meter(memory, clock, (Window(site.calls, site.window_s, clock),))
        route = Route("/{client}/{folder}/{service}", self._served, methods=["POST"])
        self.app = Gate(Router([route]), control(self), meter, front)

    async def run(self) -> None:
        """Peoplevox does nothing by itself."""
        await asyncio.Event().wait()

    def report(self) -> Report:
        """The twin's own count."""
        return landed(self._memory, lambda unit: self._site.currency, self.faults.reached(), {})

    def book(self, word: str, after: int = 0) -> Iterator[Entry]:
        """Every order that landed, in the order of landing."""
        return self.orders.book(after) if word == "order" else iter(())

    def calm(self) -> None:
        """No fault strikes from now on."""
        self.faults.stop()

    def close(self) -> None:
        """Let the file go."""
        self._memory.close()

    # --- its operations ---

    async def _served(self, request: Request) -> Response:
        call = read(await request.body())
        if call is None or request.path_params["service"].lower() != "integrationservicev4.asmx":
            return fault("The envelope cannot be read")
        if call.operation == "Authenticate":
            return answer(call.operation, self._signed_in(call))
        operations = {
            "GetSaveTemplate": self._template,
            "GetData": self._data,
            "SaveData": self._save,
        }
        if call.operation not in operations:
            return fault(f"{call.operation} is no operation")
        if not self._knows(call.header.get("sessionid", "")):
            return answer(call.operation, _NO_SESSION)
        template = call.texts.get("templatename", "")
        if template not in TEMPLATES:
            return answer(call.operation, refused(f"Template {template} does not exist"))
        true = answer(call.operation, operations[call.operation](template, call))
        return self._day.after(true) if call.operation == "SaveData" else true

    def _signed_in(self, call: Asked) -> Result:
        password = base64.b64encode(self._site.password.encode()).decode()
        right = {"clientid": self._site.client_id, "username": self._site.user}
        right["password"] = password
        if all(same(call.texts.get(name, "").strip(), text) for name, text in right.items()):
            return Result(f"{self._site.client_id},{self._sessions.issue()}", 1)
        return refused("System : Security:Invalid Username or Password")

    def _knows(self, session: str) -> bool:
        if not self._sessions.knows(session):
            return False
        if self._sessions.served(session) >= _SPARED and self.faults.strikes("token_expired"):
            self._sessions.forget(session)
            return False
        until_s = unix_s(self._clock.now()) + self._site.idle_s
        self._memory.run("update tokens set until_s = ? where token = ?", until_s, session)
        return True

    def _template(self, template: str, call: Asked) -> Result:
        return Result(",".join(self._site.columns(template)), 1)

    def _data(self, template: str, call: Asked) -> Result:
        page, size = (int(call.texts.get(name) or 0) for name in ("pageno", "itemsperpage"))
        clause = call.texts.get("searchclause", "")
        detail, total = self.orders.page(template, clause, page or 1, size)
        return Result(detail, total)

    def _save(self, template: str, call: Asked) -> Result:
        if self.faults.strikes("deadlocked"):
            return refused("Transaction was deadlocked on lock resources")
        if template == LINES and self.faults.strikes("lines_failed"):
            return refused("Object reference not set to an instance of an object")
        rows = self.orders.rows(template, call.texts.get("csvdata", ""))
        reasons: list[str] = []
        statuses: list[Status] = []
        for place, row in enumerate(rows, 1):
            reason = self._saved(template, row, int(call.texts.get("action") or 0))
            reasons += [reason] if reason else []
            line = place if self._site.line_numbers else 0
            statuses.append(Status(_reference(template, row), not reason, line))
        if statuses and self.faults.strikes("row_untold"):
            statuses.pop()
        failed = len(reasons) == len(rows)
        return Result("; ".join(reasons), len(rows), -1 if failed else 0, statuses)

    def _saved(self, template: str, row: Cells, action: int) -> str:
        """Save a row; why it was refused, "" where it was not."""
        if self.faults.strikes("row_refused"):
            return "The row could not be imported"
        try:
            self.orders.save(template, row, action)
        except Refusal as refusal:
            return str(refusal)
        return ""


def _reference(template: str, row: Cells) -> str:
    key = row.get("SalesOrderNumber", "")
    return f"{key} - {row.get('ItemCode', '')}" if template == LINES else key


def _failed(status: int, text: str) -> Response:
    return fault(text)
