"""The twin itself: the door at which limits, sign-in and bad days are met, and its own count."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router
from starlette.types import Receive, Scope, Send

from counterfoil.twins.faults import Fault, Faults
from counterfoil.twins.orderwise.answers import (
    Unanswered,
    answer,
    refusal,
    sign_in_page,
    too_many,
    unauthorised,
)
from counterfoil.twins.orderwise.faults import CATALOGUE, ReadLag
from counterfoil.twins.orderwise.meter import Figures, Meter
from counterfoil.twins.orderwise.routes import SIGN_IN, Routes
from counterfoil.twins.orderwise.sign_in import SignIn
from counterfoil.twins.orderwise.site import Site
from counterfoil.twins.orderwise.state import Duplicate, HeldOrder, State
from counterfoil.values.clock import Clock

_CONTROL = "/_twin/"
_LISTED = 50
_PAGE = 1000
_MOST = 10_000
_KEPT_EVERY = 50  # calls; what a killed process loses of its figures
_BEFORE = ("too_many", "server_error_before", "timeout_before", "html_page")
_SLOW_S = (0.3, 1.0)


class Report(msgspec.Struct, frozen=True):
    """The twin's own count.

    `faults`: how often each was really met. `duplicates`: orders beyond the first of each
    reference, of which `duplicate_references` lists at most 50. `gross_minor`: pennies, all
    orders. `calls` include those refused for a limit (`over_limit`, `over_slots`).
    """

    faults: dict[str, int]
    orders: int
    references: int
    duplicates: int
    duplicate_references: list[Duplicate]
    gross_minor: int
    calls: int
    over_limit: int
    over_slots: int
    peak_concurrency: int
    peak_calls_per_s: int


class _Kept(msgspec.Struct):
    figures: Figures
    reached: dict[str, int]


class _Visit:
    """A call inside the door: it holds a slot until it leaves, and leaves once."""

    def __init__(self, meter: Meter) -> None:
        self._meter: Meter | None = meter

    def leave(self) -> None:
        """Give the slot back."""
        if self._meter is not None:
            self._meter.leave()
            self._meter = None


class OrderWiseTwin:
    """One OrderWise instance; `.app` is its ASGI application.

    `path`: the database file, or ":memory:". A file that exists is carried on with.
    `faults_profile`: "none", "normal" or "hostile". `token_ttl_s`: a token's life in seconds.
    `calls_per_s`, `burst`, `slots`: the limits of the account; none is published.
    `read_lag_s`: the shortest and the longest read lag, in seconds. `patience_s`: how long a
    caller waits for an answer, in seconds, so that silence lasts longer.
    `products`: the variant codes that exist; None accepts any code but the empty one.
    `site`: everything else that differs from customer to customer.
    `catalogue`: the same faults at other rates, for a test that wants one of them at once.
    """

    def __init__(
        self,
        path: Path | str,
        clock: Clock,
        chance: random.Random,
        faults_profile: str,
        *,
        user: str,
        password: str,
        token_ttl_s: float,
        calls_per_s: float,
        burst: int,
        slots: int,
        read_lag_s: tuple[float, float] = (0.5, 2.0),
        patience_s: float = 30.0,
        products: Iterable[str] | None = None,
        site: Site | None = None,
        catalogue: Mapping[str, Fault] = CATALOGUE,
    ) -> None:
        self.site = site or Site()
        self.faults = Faults(catalogue, faults_profile, chance)
        self._clock = clock
        self._chance = chance
        self._patience_s = patience_s
        self._young = 2 * slots
        self._state = State(path, self.site, products)
        self._meter = Meter(calls_per_s, burst, slots, self._remember())
        self._kept = self.faults.reached.total()
        self._sign_in = SignIn(
            user, password, ttl_s=token_ttl_s, one=self.site.one_token, clock=clock, chance=chance
        )
        self._router = Routes(
            self._state,
            self.site,
            self._sign_in,
            self.faults,
            ReadLag(self.faults, clock.monotonic, read_lag_s),
            clock,
            chance,
            patience_s,
        ).router
        self._control = Router(
            [
                Route(_CONTROL + "report", self._get_report),
                Route(_CONTROL + "calm", self._post_calm, methods=["POST"]),
                Route(_CONTROL + "orders", self._get_orders),
            ]
        )

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI application. Raises `Cut` where the connection is cut."""
        if scope["type"] != "http" or scope["path"].startswith(_CONTROL):
            await self._control(scope, receive, send)
            return
        wait_s = self._meter.enter(self._clock.monotonic())
        if wait_s:
            await too_many(wait_s)(scope, receive, send)
            return
        visit = scope["visit"] = _Visit(self._meter)
        try:
            answered = await self._met_at_the_door(Request(scope))
            await (answered or self._router)(scope, receive, send)
        finally:
            visit.leave()
            self._keep_figures()

    def report(self) -> Report:
        """The twin's own count."""
        counted = self._state.counted()
        figures = self._meter.figures
        return Report(
            faults={name: self.faults.reached[name] for name in CATALOGUE},
            orders=counted.orders,
            references=counted.references,
            duplicates=counted.duplicates,
            duplicate_references=self._state.duplicates(_LISTED),
            gross_minor=counted.gross_minor,
            calls=figures.calls,
            over_limit=figures.over_limit,
            over_slots=figures.over_slots,
            peak_concurrency=figures.peak_concurrency,
            peak_calls_per_s=figures.peak_calls_per_s,
        )

    def orders(self) -> Iterator[HeldOrder]:
        """Every order that landed, in the order of landing."""
        after = 0
        while page := self._state.page(after, _PAGE):
            yield from page
            after = page[-1].ow_order_id

    def calm(self) -> None:
        """No fault strikes from now on."""
        self.faults.calm = True

    def close(self) -> None:
        """Remember the figures and let the file go."""
        self._state.keep_figures(self._encoded_figures())
        self._state.close()

    async def _met_at_the_door(self, request: Request) -> Response | None:
        if request.url.path == self.site.base_path + SIGN_IN:
            return None
        authorization = request.headers.get("authorization", "")
        served = self._sign_in.served(authorization)
        if served is None:
            return unauthorised()
        # A token that was just fetched because of a 401 must not be refused as well.
        if served >= self._young and self.faults.strikes("token_expired"):
            self._sign_in.forget(authorization)
            return unauthorised()
        struck = next((name for name in _BEFORE if self.faults.strikes(name)), None)
        if struck is None and self.faults.strikes("slow"):
            longest_s = self._patience_s / 2
            await self._clock.sleep(min(self.faults.draw(*_SLOW_S), longest_s))
        return None if struck is None else self._bad_day(struck)

    def _bad_day(self, struck: str) -> Response:
        if struck == "too_many":
            return too_many(1)
        if struck == "timeout_before":
            return Unanswered(self._clock, self._patience_s)
        if struck == "html_page":
            return sign_in_page()
        return refusal(self.site, self._chance.choice((500, 503)), "An error has occurred")

    async def _get_report(self, request: Request) -> Response:
        return answer(self.report())

    async def _post_calm(self, request: Request) -> Response:
        self.calm()
        return answer({"calm": True})

    async def _get_orders(self, request: Request) -> Response:
        query = request.query_params
        after, limit = int(query.get("after", "0")), int(query.get("limit", str(_PAGE)))
        return answer(self._state.page(after, min(limit, _MOST)))

    def _remember(self) -> Figures:
        body = self._state.kept_figures()
        if body is None:
            return Figures()
        kept = msgspec.json.decode(body, type=_Kept)
        self.faults.reached.update(kept.reached)
        return kept.figures

    def _keep_figures(self) -> None:
        reached = self.faults.reached.total()
        if reached != self._kept or self._meter.figures.calls % _KEPT_EVERY == 0:
            self._kept = reached
            self._state.keep_figures(self._encoded_figures())

    def _encoded_figures(self) -> bytes:
        return msgspec.json.encode(_Kept(self._meter.figures, dict(self.faults.reached)))
