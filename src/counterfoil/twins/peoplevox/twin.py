"""The twin, put together: one address that answers every operation, and its own count."""

from __future__ import annotations

import base64
import random
from collections.abc import Callable, Iterator
from functools import partial

from starlette.responses import Response
from starlette.routing import Route, Router

from counterfoil.twins.kit.answers import refused as plain
from counterfoil.twins.kit.bad_day import BadDay
from counterfoil.twins.kit.book import Entry
from counterfoil.twins.kit.control import control
from counterfoil.twins.kit.courier import Send, unheard
from counterfoil.twins.kit.faults import Weather
from counterfoil.twins.kit.form_events import DIALECT, FormEvents
from counterfoil.twins.kit.gate import Front, Gate
from counterfoil.twins.kit.keyed import saved
from counterfoil.twins.kit.limits import Meter, Window
from counterfoil.twins.kit.memory import Memory
from counterfoil.twins.kit.posted import Refusal
from counterfoil.twins.kit.receiving import Post, Receiving
from counterfoil.twins.kit.sign_in import Tokens, same
from counterfoil.twins.kit.soap import Asked, Inside, Service, failed, fault
from counterfoil.twins.kit.tables import Asked as Question
from counterfoil.twins.kit.tables import Cells, Tables
from counterfoil.twins.kit.twin import Ground, Report
from counterfoil.twins.kit.warehouse import Warehouse
from counterfoil.twins.kit.write_faults import WriteFaults
from counterfoil.twins.peoplevox import product
from counterfoil.twins.peoplevox.envelope import Result, answer, refused
from counterfoil.twins.peoplevox.events import told
from counterfoil.twins.peoplevox.faults import CATALOGUE, VENDOR
from counterfoil.twins.peoplevox.orders import LINES, Orders, shown
from counterfoil.twins.peoplevox.product import KEYS, Items
from counterfoil.twins.peoplevox.site import REPORTS, TEMPLATES, Site
from counterfoil.values.clock import Clock

_PAGE = "<!DOCTYPE html><html><title>Peoplevox</title><p>Please sign in.</p></html>"


class PeoplevoxTwin(Receiving):
    """One Peoplevox site; `.app` is its ASGI application."""

    def __init__(
        self,
        memory: Memory,
        clock: Clock,
        chance: random.Random,
        weather: Weather,
        site: Site,
        send: Send = unheard,
    ) -> None:
        ground = Ground(memory, clock, chance)
        super().__init__(ground, weather, CATALOGUE, Post(send, DIALECT, site.pace))
        self._site = site
        self._sessions = Tokens(memory, clock, site.idle_s, lambda: chance.randbytes(16).hex())
        day = BadDay(VENDOR, self.faults, clock, site.patience_s)
        self._day = WriteFaults(day, chance, failed)
        self.events = FormEvents(self._webhooks, clock)
        tell = partial(told, self.events, memory)
        self.warehouse = Warehouse(ground, self._fate, site.pace, site.place, tell)
        self._works = (self.warehouse.turns,)
        self.orders = Orders(memory, site, clock, self.warehouse)
        self.items = Items(memory, clock)
        reports = {**shown(), **product.shown(), **REPORTS}
        self.tables = Tables(memory, reports, site.spelling, site.named)
        service = Service(self._answered, ("Authenticate", self._signed_in), self._knows, _stranger)
        front = Front(
            known=lambda request: True,
            stranger=lambda request: Response(status_code=401),
            too_many=lambda wait_s: plain("text", 429, site.over_limit),
            before=lambda request: self._day.before(_PAGE),
        )
        meter = Meter(memory, clock, (Window(site.calls, site.window_s, clock),))
        router = Router([Route("/{client}/{folder}/{service}", service.served, methods=["POST"])])
        self.app = Gate(router, control(self, webhooks=self._webhooks), meter, front)

    def report(self) -> Report:
        """The twin's own count."""
        return self.count(lambda unit: self._site.currency)

    def book(self, word: str, after: int = 0) -> Iterator[Entry]:
        """Every document that it holds, in the order of landing."""
        if word == "product":
            return self.items.book(after)
        return self.orders.book(after) if word == "order" else self.warehouse.book(word, after)

    # --- its operations ---

    def _answered(self, call: Asked) -> Response:
        results: dict[str, Callable[[Asked, str], Result]] = {
            "GetSaveTemplate": lambda call, name: Result(",".join(self.tables.columns(name)), 1),
            "GetReportColumns": lambda call, name: Result(",".join(self.tables.columns(name)), 1),
            "GetData": self._page,
            "GetReportData": self._page,
            "SaveData": self._save,
            "SubscribeEvent": lambda call, name: Result(self.events.subscribe(call.texts)),
            "SubscribePostEvent": lambda call, name: Result(self.events.subscribe(call.texts)),
            "UnsubscribeEvent": lambda call, name: Result(self.events.unsubscribe(call.texts)),
        }
        name = call.texts.get("templatename", "")
        if call.operation not in results:
            return fault(f"{call.operation} is no operation")
        if name and name not in self.tables:
            return refused(call, f"Template {name} does not exist")
        try:
            true = answer(call, results[call.operation](call, name))
        except Refusal as refusal:
            return refused(call, str(refusal))
        return self._day.after(true) if call.operation == "SaveData" else true

    def _signed_in(self, call: Asked) -> Response:
        site, texts = self._site, call.texts
        password = base64.b64encode(site.password.encode()).decode()
        right = {"clientid": site.client_id, "username": site.user, "password": password}
        if all(same(texts.get(name, "").strip(), text) for name, text in right.items()):
            return answer(call, Result(f"{site.client_id},{self._sessions.issue()}", 1))
        return refused(call, "System : Security:Invalid Username or Password")

    def _knows(self, call: Asked) -> bool:
        return self._sessions.admits(call.header.get("sessionid", ""), self.faults)

    def _page(self, call: Asked, name: str) -> Result:
        question = Question.of(call.texts)
        detail, total = self.tables.page(name, question)
        return Result("" if 0 < self._site.empty_from <= question.size else detail, total)

    def _save(self, call: Asked, name: str) -> Result:
        strikes, action = self.faults.strikes, int(call.texts.get("action") or 0)
        if strikes("deadlocked"):
            raise Refusal("Transaction was deadlocked on lock resources")
        if name == LINES and strikes("lines_failed"):
            raise Refusal("Object reference not set to an instance of an object")

        def save(row: Cells) -> None:
            if strikes("row_refused"):
                raise Refusal("The row could not be imported")
            if name in KEYS:
                self.items.save(name, row)
            else:
                self.orders.save(name, row, action)

        rows = TEMPLATES[name].rows(call.texts.get("csvdata", ""), self._site.named)
        with self._memory.transaction():
            results = saved(rows, save)
            for key in dict.fromkeys(row.get("SalesOrderNumber", "") for row in rows):
                self.orders.release(key)
        statuses: list[Inside] = [
            {
                "Reference": _reference(name, row),
                "Status": "Error" if reason else "Success",
                **({"LineNo": place} if self._site.line_numbers else {}),
            }
            for place, (row, reason) in enumerate(results, 1)
        ]
        if statuses and strikes("row_untold"):
            statuses.pop()
        reasons = [reason for _, reason in results if reason]
        response = -1 if len(reasons) == len(rows) else 0
        return Result("; ".join(reasons), len(rows), response, statuses)


def _stranger(call: Asked) -> Response:
    return refused(call, "System : Security - Invalid Session")


def _reference(template: str, row: Cells) -> str:
    key = row.get(KEYS.get(template, "SalesOrderNumber"), "")
    return f"{key} - {row.get('ItemCode', '')}" if template == LINES else key
