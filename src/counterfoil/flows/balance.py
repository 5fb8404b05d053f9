"""Balance: a route's whole account, from the counts that were kept or asked anew, and its proof.

The proof reads the journal again from its first line: every record must stand where its last
entry left it, and every posting must carry the digest of what it says and of the one before it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from counterfoil.flows.census import Window, census, first_created, window_start
from counterfoil.flows.engine import Engine
from counterfoil.flows.route import Route
from counterfoil.ledger.account import IN_FLIGHT, State
from counterfoil.ledger.balance import Balance, Sum, balance
from counterfoil.ledger.run import Run, chain
from counterfoil.model.document import Counts
from counterfoil.store import census as census_store
from counterfoil.store import entries, rounds, standings, tasks
from counterfoil.store.entries import RunRow
from counterfoil.store.postgres import Database, Executor
from counterfoil.values.clock import Instant, from_stdlib, later
from counterfoil.values.errors import Halt
from counterfoil.values.ids import RecordId

_SPAN_S = 7 * 86_400.0  # of one question to the source
_AHEAD_S = 60.0  # a shop's clock may be a little before ours
_SHOWN = 20


class Account(msgspec.Struct, frozen=True):
    """A route's balance in the words of its JSON. `listed` is None while the source has not been
    asked; `uncounted` are documents that no count of the source covers yet. `window` is None where
    the account is of the whole time. `counts` says by what it was counted (None: not yet), and
    `counted_at` when that began where it was a state, all of which is as it stood then."""

    route: str
    listed: int | None
    accounts: dict[str, int]
    in_flight: int
    unaccounted: int
    money: dict[str, Sum]
    uncounted: int = 0
    missing: tuple[str, ...] = ()
    phantom: tuple[str, ...] = ()
    ended: tuple[str, ...] = ()
    window: Window | None = None
    counts: Counts | None = None
    counted_at: Instant | None = None

    @property
    def agrees(self) -> bool:
        """Whether both sides were asked and agree, in counts and in every currency."""
        return (
            self.listed is not None
            and self.unaccounted == 0
            and self.listed == sum(self.accounts.values())
            and all(total.difference_minor == 0 for total in self.money.values())
        )

    @property
    def empty(self) -> bool:
        """Whether nothing stands on either side: no difference, and no proof either."""
        return not self.listed and not sum(self.accounts.values()) and not self.uncounted


class Proof(msgspec.Struct, frozen=True):
    """What reading the journal again showed: how much was read, and what does not fit."""

    records: int
    postings: int
    pages: int
    misplaced: tuple[RecordId, ...]
    broken: tuple[int, ...]

    @property
    def holds(self) -> bool:
        """Whether every record and every page fits."""
        return not self.misplaced and not self.broken


async def kept(db: Executor, route_id: int, route: str) -> Account:
    """The account by the counts that the timer has kept."""
    if (last := await rounds.last(db, route_id)) is not None:
        news = await rounds.born_since(db, route_id, last.began)
        account = _account(route, last.balance, news, "state")
        return msgspec.structs.replace(account, counted_at=last.began)
    windows = await census_store.windows(db, route_id)
    counted = await standings.counted(db, route_id)
    uncounted = await standings.uncounted(db, route_id)
    money: dict[str, int] = {}
    for window in windows:
        for currency, minor in window.minor.items():
            money[currency] = money.get(currency, 0) + minor
    sums = balance(
        counted,
        listed=sum(window.listed for window in windows) if windows else None,
        listed_minor=money,
        missing=[key for window in windows for key in window.missing],
        phantom=[key for window in windows for key in window.phantom],
        ended=[key for window in windows for key in window.ended],
    )
    counts = windows[-1].counts if windows else None
    return _account(route, sums, sum(standing.count for standing in uncounted), counts)


async def recounted(engine: Engine, route: Route) -> Account:
    """The account by asking the source now for everything since the first record."""
    began = engine.clock.now()
    counts = route.source_carries.counts
    if counts == "state":
        sums = await census(engine, route, Window(began, began))
    else:
        sums = await _counted(engine, route, await _whole_time(engine, route))
    await tasks.note_recount(engine.database, route.id, began)
    account = _account(route.name, sums, 0, counts)
    return msgspec.structs.replace(account, counted_at=began if counts == "state" else None)


async def within(
    engine: Engine, route: Route, start: Instant | None, until: Instant | None
) -> Account:
    """The account of what was created from `start` up to, not including, `until` (None: as far as
    the route goes), by asking the source now.

    What is older than the route's first document was never this route's: the source is not asked
    for it, and nothing of it is fetched. `listed` is None where nothing is left to ask for;
    `window` is what was asked then, else what was counted. A state stands at no time but now, so
    all of it is counted, whatever the period.
    """
    if route.source_carries.counts == "state":
        return await recounted(engine, route)
    whole = await _whole_time(engine, route)
    first = await first_created(engine, route)
    window = Window(max(start or whole.start, whole.start), min(until or whole.until, whole.until))
    if first is None or window.start >= window.until:
        span = Window(start or window.start, until or window.until)
        nothing = balance((), listed=None, listed_minor={})
        return msgspec.structs.replace(_account(route.name, nothing, 0), window=span)
    sums = await _counted(engine, route, window)
    account = _account(route.name, sums, 0, route.source_carries.counts)
    return msgspec.structs.replace(account, window=window)


async def proven(database: Database) -> Proof:
    """Read the whole journal again."""
    async with database.transaction() as unit:
        recount = await entries.recount(unit)
    postings, pages, broken = await _broken(database)
    return Proof(recount.records, postings, pages, tuple(recount.misplaced), tuple(broken))


def _account(route: str, found: Balance, uncounted: int, counts: Counts | None = None) -> Account:
    words = [state.word for state in State if state not in IN_FLIGHT]
    return Account(
        route=route,
        listed=found.listed,
        accounts={
            **{word: found.accounts.get(word, 0) for word in words},
            "in_flight": found.in_flight,
        },
        in_flight=found.in_flight,
        unaccounted=found.unaccounted,
        money=found.money,
        uncounted=uncounted,
        missing=found.missing[:_SHOWN],
        phantom=found.phantom[:_SHOWN],
        ended=found.ended[:_SHOWN],
        counts=counts,
    )


async def _whole_time(engine: Engine, route: Route) -> Window:
    """From the route's first document up to now; a day where it is new."""
    until = later(engine.clock.now(), _AHEAD_S)
    start = await first_created(engine, route) or later(until, -86_400)
    return Window(window_start(start, route.plan.window_s), until)


async def _counted(engine: Engine, route: Route, window: Window) -> Balance:
    """The balance of a window of any length, asked of the source in spans that it can bear."""
    spans: list[Balance] = []
    start = window.start
    while start < window.until:
        end = min(later(start, _SPAN_S), window.until)
        spans.append(await census(engine, route, Window(start, end), keep=False))
        start = end
    return _together(spans)


def _together(found: Iterable[Balance]) -> Balance:
    listed, accounts, money = 0, dict[str, int](), dict[str, Sum]()
    missing: list[str] = []
    phantom: list[str] = []
    ended: list[str] = []
    for span in found:
        listed += span.listed or 0
        for word, count in span.accounts.items():
            accounts[word] = accounts.get(word, 0) + count
        for currency, sum_ in span.money.items():
            so_far = money.get(currency, Sum(0, 0))
            money[currency] = Sum(
                so_far.listed_minor + sum_.listed_minor,
                so_far.accounted_minor + sum_.accounted_minor,
            )
        missing += span.missing
        phantom += span.phantom
        ended += span.ended
    return Balance(listed, accounts, money, tuple(missing), tuple(phantom), tuple(ended))


async def _broken(database: Database) -> tuple[int, int, list[int]]:
    """How many postings and pages there are, and the pages whose chain does not hold."""
    reading = _Chains()
    async with database.transaction() as unit:
        async for row in entries.journal(unit):
            reading.read(row)
    reading.end()
    return reading.postings, reading.pages, reading.broken


class _Posting(msgspec.Struct):
    """One posting as it was read again; a run is None where no such move can be made."""

    moment: str
    prior: bytes
    digest: bytes
    covers: bytes
    runs: list[Run | None]

    def whole(self) -> bool:
        """Whether the posting says what its digest covers; or what it did when a person had been
        erased from it."""
        runs = [run for run in self.runs if run is not None]
        possible = len(runs) == len(self.runs)
        return possible and chain(self.prior, self.moment, runs) == self.covers


def _run(row: RunRow, records: list[RecordId]) -> Run | None:
    try:
        path = tuple(State(number) for number in row.path)
        return Run(row.seq, row.before, path, records, row.details)
    except (Halt, ValueError, IndexError):
        return None


class _Chains:
    """The journal being read again, page by page."""

    def __init__(self) -> None:
        self.postings = 0
        self.pages = 0
        self.broken: list[int] = []
        self._page = 0
        self._end = b""
        self._read: dict[int, _Posting] = {}

    def read(self, row: RunRow) -> None:
        """Take one row of the journal: a run with its posting and its page."""
        if row.page != self._page:
            self.end()
            self._page, self._end = row.page, row.chain
        posting = self._read.get(row.id)
        if posting is None:
            moment = from_stdlib(row.at).format_iso()
            posting = self._read[row.id] = _Posting(moment, row.prior, row.digest, row.covers, [])
        if row.records is not None:
            posting.runs.append(_run(row, row.records))

    def end(self) -> None:
        """The page is read."""
        if self._read:
            self.pages, self.postings = self.pages + 1, self.postings + len(self._read)
            if not _whole_chain(list(self._read.values()), self._end):
                self.broken.append(self._page)
        self._read = {}


def _whole_chain(postings: Sequence[_Posting], end: bytes) -> bool:
    """Whether the postings of a page, each after its prior, lead from nothing to `end`.

    Numbers do not tell which is the earlier: each worker takes them from a block of its own.
    """
    by_prior = {posting.prior: posting for posting in postings}
    head = b""
    for _ in postings:
        posting = by_prior.get(head)
        if posting is None or not posting.whole():
            return False
        head = posting.digest
    return head == end
