"""The twin, put together, and its own count of what reached it."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, Router

from counterfoil.twins.faults import Fault, Faults
from counterfoil.twins.orderwise.answers import answer
from counterfoil.twins.orderwise.door import CONTROL, Door
from counterfoil.twins.orderwise.faults import CATALOGUE, ReadLag
from counterfoil.twins.orderwise.keeping import NOTHING, Keeping
from counterfoil.twins.orderwise.meter import Figures, Meter
from counterfoil.twins.orderwise.order import PlacedOrder
from counterfoil.twins.orderwise.routes import Routes
from counterfoil.twins.orderwise.sign_in import SignIn
from counterfoil.twins.orderwise.site import Site
from counterfoil.twins.orderwise.state import Duplicate, HeldOrder, State, same
from counterfoil.values.clock import Clock

_LISTED = 50
_PAGE = 1000
_MOST = 10_000
_KEPT_EVERY = 50  # calls; what a killed process loses of its figures


class Report(msgspec.Struct, frozen=True):
    """The twin's own count.

    `faults`: how often each was really met. `duplicates`: orders beyond the first of each
    reference, of which `duplicate_references` lists at most 50. `gross_minor`: pennies, all
    orders. `altered` counts orders that were stored otherwise than they came. `calls` include those
    refused for a limit (`over_limit`, `over_slots`).
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
    altered: dict[str, int]


class _Kept(msgspec.Struct):
    figures: Figures
    reached: dict[str, int]


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
    `keeping`: in which ways orders are stored otherwise than they came, and how often, such as
    `keeping.KEEPING`; by itself in those of `catalogue` only.
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
        keeping: Mapping[str, Fault] = NOTHING,
    ) -> None:
        site = site or Site()
        # A stream of its own, taken from the other's state without moving it.
        beside = random.Random(repr(chance.getstate()))
        self._keeping = Keeping(keeping, faults_profile, beside, site)
        self.faults = Faults(catalogue, faults_profile, chance)
        self._state = State(path, site, products)
        self._figures = self._remember()
        self._kept = self.faults.reached.total()
        sign_in = SignIn(
            user, password, ttl_s=token_ttl_s, one=site.one_token, clock=clock, chance=chance
        )
        lag = ReadLag(self.faults, clock.monotonic, read_lag_s)
        routes = Routes(
            self._state,
            site,
            sign_in,
            self.faults,
            lag,
            clock,
            chance,
            patience_s,
            keeping=self._keeping,
        )
        self.app = Door(
            routes.router,
            self._control(),
            meter=Meter(calls_per_s, burst, slots, self._figures),
            sign_in=sign_in,
            faults=self.faults,
            site=site,
            clock=clock,
            chance=chance,
            patience_s=patience_s,
            mature=2 * slots,
            after=self._keep_figures,
        )

    def report(self) -> Report:
        """The twin's own count."""
        counted = self._state.counted()
        figures = self._figures
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
            altered=dict(self._keeping.altered),
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
        self._keeping.calm()

    def received(self, ow_order_id: int) -> PlacedOrder:
        """An order as it was when it came."""
        return self._state.received(ow_order_id)

    def altered(self, ow_order_id: int) -> list[str]:
        """The fields of an order that are not kept as they came; blanks at a text's end do not
        matter."""
        came, kept = self._state.received(ow_order_id), self._state.stored(ow_order_id)
        return [name for name in kept if not same(getattr(came, name), kept[name])]

    def close(self) -> None:
        """Remember the figures and let the file go."""
        self._state.keep_figures(self._encoded_figures())
        self._state.close()

    def _control(self) -> Router:
        return Router(
            [
                Route(CONTROL + "report", self._get_report),
                Route(CONTROL + "calm", self._post_calm, methods=["POST"]),
                Route(CONTROL + "orders", self._get_orders),
            ]
        )

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
        if reached != self._kept or self._figures.calls % _KEPT_EVERY == 0:
            self._kept = reached
            self._state.keep_figures(self._encoded_figures())

    def _encoded_figures(self) -> bytes:
        return msgspec.json.encode(_Kept(self._figures, dict(self.faults.reached)))
