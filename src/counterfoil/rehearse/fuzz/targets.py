"""Every fuzz target: a place where bytes or texts come in, open for one body at a time.

It gives a verdict: what came in was accepted, held for a person, refused, or is asked for
again. Anything else that happens is a defect of the house, and comes out as it is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final, Literal, cast

from counterfoil.flows.order import RULES, Gates
from counterfoil.flows.rules import hold, stopped
from counterfoil.kit.connector import Bulk, Reading, each
from counterfoil.kit.formats import strict_json
from counterfoil.kit.transport import Answer
from counterfoil.model.order import Order, check
from counterfoil.rehearse.cast import estate
from counterfoil.rehearse.cast.estate import SOURCE, TARGET
from counterfoil.rehearse.fuzz.samples import Samples, orders_of
from counterfoil.rehearse.fuzz.stub import CannedWire, opened
from counterfoil.values.clock import instant
from counterfoil.values.errors import CounterfoilError, Hold, Retry, Settle
from counterfoil.values.money import exponent, minor
from counterfoil.values.quantity import pieces

Verdict = Literal["accepted", "held", "refused", "again"]
Enter = Callable[[bytes], Awaitable[CounterfoilError | None]]

TEXTS: Final[Mapping[str, tuple[bytes, ...]]] = {
    "money": (b"GBP 12.50", b"GBP -3.10", b"EUR 1234567.89", b"JPY 1200", b"KWD 59.4000", b"CLF 7"),
    "time": (b"2026-11-02T09:14:06Z", b"2026-11-02T10:14:06.123+01:00", b"2026-03-29T01:30:00Z"),
    "quantity": (b"3", b"3.0", b"12000", b"0"),
    "retry-after": (b"30", b"2.0", b"Wed, 04 Nov 2026 07:28:00 GMT"),
}
"""True texts of the targets that take texts."""

_THEN = instant("2026-11-02T09:14:06Z")
_START, _END = instant("2026-11-01T00:00:00Z"), instant("2026-11-03T00:00:00Z")
_TURNED_AWAY = Answer(401, {}, b"")


class Untrue(AssertionError):
    """A fuzz target gave a value that is not what came in."""


class Targets:
    """The targets, each with what else it needs to be true."""

    def __init__(self, true: Samples) -> None:
        self._true = true
        orders = orders_of(true["hook"])
        composing = opened(TARGET, CannedWire(_silent)).target("order")
        self._intents = [composing.compose(order) for order in orders]
        self._references = [intent.reference for intent in self._intents]
        self._keys = [order.key for order in orders][:1]
        self.reopen()
        self._targets: Mapping[str, Enter] = {
            "wire": self._wire,
            "hook": self._hook,
            "listing": self._listing,
            "read": self._read,
            "census": self._census,
            "shop-probe": self._shop_probe,
            "bulk": self._bulk,
            "bulk-run": self._bulk_run,
            "grant": self._grant,
            "office-token": self._token,
            "office-values": self._values,
            "office-write": self._write,
            "office-orders": self._orders,
            "office-lines": self._lines,
            "money": self._money,
            "time": self._time,
            "quantity": self._quantity,
            "retry-after": self._retry_after,
        }

    def reopen(self) -> None:
        """Open every session anew: none remembers what came before."""
        self._wires = CannedWire(_silent), CannedWire(_silent), CannedWire(_silent)
        shop, granted, office = self._wires
        self._shop = opened(SOURCE, shop)
        self._granted = opened(SOURCE, granted, sign_in="client-credentials")
        self._office = opened(TARGET, office)
        self._source = self._shop.source("order")
        self._order_target = self._office.target("order")

    @property
    def names(self) -> tuple[str, ...]:
        """Every target."""
        return tuple(self._targets)

    def true(self, target: str) -> tuple[bytes, ...]:
        """What truly comes through a target."""
        if target == "wire":
            return self._true["hook"][:3] + self._true["census"] + self._true["office-orders"]
        if target == "bulk-run":
            return (estate.BULK_RUN,)
        return TEXTS.get(target) or self._true[target]

    async def enter(self, target: str, body: bytes) -> Verdict:
        """What becomes of `body` at `target`. Raises whatever is no error of the house's own."""
        return verdict(await self.problem(target, body))

    async def problem(self, target: str, body: bytes) -> CounterfoilError | None:
        """The named error that `body` meets at `target`, or None where it is accepted."""
        try:
            return await self._targets[target](body)
        except CounterfoilError as error:
            return error

    async def _wire(self, body: bytes) -> None:
        strict_json.parse(body)

    async def _hook(self, body: bytes) -> CounterfoilError | None:
        messages = each(self._source.parse(body, _THEN))
        return _first(message for message in messages if isinstance(message, Reading))

    async def _listing(self, body: bytes) -> CounterfoilError | None:
        self._shop_says(body)
        return _first((await self._source.since(None, None)).readings)

    async def _read(self, body: bytes) -> CounterfoilError | None:
        self._shop_says(body)
        return _first(await self._source.read(self._keys))

    async def _census(self, body: bytes) -> None:
        self._shop_says(body)
        page = await self._source.census(_START, _END, None)
        if any(not row.key for row in page.listed):
            raise Untrue("a census row has no key")

    async def _shop_probe(self, body: bytes) -> None:
        self._shop_says(body)
        await self._shop.probe()

    def _shop_says(self, body: bytes) -> None:
        self._wires[0].answers = lambda _method, _url, _body: _good(body)

    async def _bulk(self, body: bytes) -> CounterfoilError | None:
        return await self._load(estate.BULK_RUN, body)

    async def _bulk_run(self, body: bytes) -> CounterfoilError | None:
        return await self._load(body, self._true["bulk"][0])

    async def _load(self, run: bytes, file: bytes) -> CounterfoilError | None:
        self._wires[0].answers = lambda method, _u, _b: _good(file if method == "GET" else run)
        # `load` belongs to sources that can give everything at once (`kit.connector.Bulk`).
        source = cast("Bulk[Order]", self._source)
        return _first([reading async for page in source.load(None) for reading in page.readings])

    async def _grant(self, body: bytes) -> None:
        """The first call is turned away, so that a new token is asked for."""
        answers = [_good(self._true["shop-probe"][0]), _TURNED_AWAY]

        def answer(_method: str, url: str, _body: bytes) -> Answer:
            return _good(body) if estate.GRANT_PATH in url else answers.pop()

        self._wires[1].answers = answer
        await self._granted.probe()

    async def _token(self, body: bytes) -> None:
        """As `_grant`."""
        answers = [_good(self._true["office-values"][0]), _TURNED_AWAY]

        def answer(_method: str, url: str, _body: bytes) -> Answer:
            return _good(body) if estate.asked(url) == "token" else answers.pop()

        self._wires[2].answers = answer
        await self._office.probe()

    async def _values(self, body: bytes) -> None:
        self._office_says(values=body)
        await self._office.probe()

    async def _write(self, body: bytes) -> CounterfoilError | None:
        self._office_says(write=body)
        (answer,) = await self._order_target.write(self._intents[:1])
        return answer if isinstance(answer, CounterfoilError) else None

    async def _orders(self, body: bytes) -> None:
        self._office_says(orders=body)
        await self._order_target.read(self._references)

    async def _lines(self, body: bytes) -> None:
        self._office_says(lines=body)
        await self._order_target.read(self._references)

    def _office_says(self, **instead: bytes) -> None:
        """The target of the route answers truly, but for what is given."""

        def answer(method: str, url: str, body: bytes) -> Answer:
            name = estate.asked(url)
            return _good(instead[name] if name in instead else self._true[f"office-{name}"][0])

        self._wires[2].answers = answer

    async def _money(self, body: bytes) -> None:
        currency, _, text = _text(body).partition(" ")
        amount = minor(text, currency)
        if Decimal(text).scaleb(exponent(currency)) != amount:
            raise Untrue(f"{text!r} became {amount} {currency}")

    async def _time(self, body: bytes) -> None:
        instant(_text(body))

    async def _quantity(self, body: bytes) -> None:
        text = _text(body)
        count = pieces(text)
        if Decimal(text) != count:
            raise Untrue(f"{text!r} became {count}")

    async def _retry_after(self, body: bytes) -> CounterfoilError | None:
        busy = Answer(503, {"retry-after": _text(body)}, b"")
        self._wires[0].answers = self._wires[2].answers = lambda _method, _url, _body: busy
        problem: CounterfoilError | None = None
        for session in (self._office, self._shop):
            try:
                await session.probe()
            except Retry as error:
                _bounded(error.after_s)
                problem = error
        return problem


def verdict(problem: CounterfoilError | None) -> Verdict:
    """The verdict that a named error stands for."""
    if problem is None:
        return "accepted"
    if isinstance(problem, Hold):
        return "held"
    return "again" if isinstance(problem, Retry | Settle) else "refused"


def _unsent(order: Order | None) -> CounterfoilError | None:
    """Why an order that was read is not sent: a rule of its route, or sums that do not agree."""
    if order is None:
        return None
    if (stop := stopped(RULES, order, Gates(), None, order.version)) is not None:
        return hold(RULES, order, stop)
    try:
        check(order)
    except Hold as problem:
        return problem
    return None


def _first(readings: Iterable[Reading[Order]]) -> CounterfoilError | None:
    """The first problem of `readings`, each of which must be one thing or the other."""
    problem = None
    for reading in readings:
        if not reading.key or (reading.document is None) == (reading.problem is None):
            raise Untrue("a reading has no key, or is neither read nor a problem")
        problem = problem or reading.problem or _unsent(reading.document)
    return problem


def _silent(_method: str, _url: str, _body: bytes) -> Answer:
    return _good(b"")


def _good(body: bytes) -> Answer:
    return Answer(200, {}, body)


def _text(body: bytes) -> str:
    """A text such as JSON can carry: also what is no character."""
    return body.decode("utf-8", "surrogateescape")


def _bounded(after_s: float) -> None:
    if not 0.0 <= after_s <= 86_400.0:
        raise Untrue(f"a wait of {after_s} seconds")
