"""Metrics: the figures that watch the house, as Prometheus reads them. They name routes, causes and
connections, and nobody."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Literal

import msgspec

from counterfoil.ledger.account import State
from counterfoil.store import breakers, causes, pages, standings, workers
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.values.clock import Instant, from_stdlib, later, seconds_between

BOUNDS_S = (1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0)
"""The bounds of the histogram of how long a delivery took, in seconds."""

_COMMITTED_S = 5.0  # a commit is seen this much later than its moment at most
_SEEN_S = 10.0
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})

Labels = Mapping[str, str]


class Family(msgspec.Struct, frozen=True):
    """One metric: its name, kind and meaning, and a value for each set of labels; a sample's own
    `suffix` is empty but in a histogram."""

    name: str
    kind: Literal["gauge", "counter", "histogram"]
    help: str
    samples: tuple[tuple[str, Labels, float], ...]


class Meter:
    """What was delivered since this process began to look: it only grows, as a counter must."""

    def __init__(self, begun: Instant) -> None:
        self._until = begun
        self._buckets: dict[str, Counter[int]] = defaultdict(Counter)
        self._took_s: dict[str, float] = defaultdict(float)

    async def read_on(self, desk: Desk) -> None:
        """Take in what was delivered since."""
        until = later(desk.clock.now(), -_COMMITTED_S)
        if until <= self._until:
            return
        after, self._until = self._until, until
        for row in await standings.deliveries(desk.database, after, until, BOUNDS_S):
            self._buckets[row.route][row.bucket] += row.deliveries
            self._took_s[row.route] += row.took_s

    def family(self) -> Family:
        """The histogram of it by route."""
        samples: list[tuple[str, Labels, float]] = []
        for route, buckets in sorted(self._buckets.items()):
            below = 0
            for place, bound in enumerate(BOUNDS_S):
                below += buckets[place]
                samples.append(("_bucket", {"route": route, "le": f"{bound:g}"}, below))
            samples.append(("_bucket", {"route": route, "le": "+Inf"}, buckets.total()))
            samples.append(("_sum", {"route": route}, self._took_s[route]))
            samples.append(("_count", {"route": route}, buckets.total()))
        return Family(
            "counterfoil_delivery_seconds",
            "histogram",
            "From a document's arrival to its delivery, since this process began.",
            tuple(samples),
        )


@asks("web reachable")
async def reachable(desk: Desk) -> int:
    """Say how many pages of work are open; whoever is told reached the database."""
    return (await pages.open_now(desk.database)).open


@asks("web metrics")
async def metrics(desk: Desk, meter: Meter) -> list[Family]:
    """Give every figure that watches the house."""
    now = desk.clock.now()
    await meter.read_on(desk)
    holds = await causes.every(desk.database, None, now)
    working = [
        worker
        for worker in await workers.every(desk.database)
        if seconds_between(from_stdlib(worker.seen_at), now) < _SEEN_S
    ]
    away = {row.connection for row in await breakers.every(desk.database)}
    return [
        _gauge("counterfoil_info", "The version that answers.", [({"version": _version()}, 1)]),
        _gauge(
            "counterfoil_backlog",
            "Documents that have not come to an end, by route and state.",
            [
                ({"route": row.route, "state": State(row.state).word}, row.documents)
                for row in await standings.by_route(desk.database)
            ],
        ),
        _gauge(
            "counterfoil_holds",
            "Records that wait for a person, by route, cause and state.",
            [(_of(row), row.records) for row in holds],
        ),
        _oldest(holds, now),
        meter.family(),
        _gauge(
            "counterfoil_connection_away",
            "1 where nothing is sent to a connection because it does not answer.",
            [({"connection": name}, name in away) for name in desk.config.file.connections],
        ),
        _gauge(
            "counterfoil_pages_open", "Pages of work that are open.", [({}, await reachable(desk))]
        ),
        _gauge("counterfoil_processes", "Processes that were just seen at work.", _roles(working)),
    ]


def text(families: Iterable[Family]) -> str:
    """The figures as Prometheus reads them; of equal labels the values are added up."""
    lines: list[str] = []
    for family in families:
        lines += [f"# HELP {family.name} {family.help}", f"# TYPE {family.name} {family.kind}"]
        values: dict[str, float] = {}
        for suffix, labels, value in family.samples:
            pairs = ",".join(f'{key}="{word.translate(_ESCAPES)}"' for key, word in labels.items())
            name = f"{family.name}{suffix}" + (f"{{{pairs}}}" if pairs else "")
            values[name] = values.get(name, 0) + value
        lines += [f"{name} {value:.15g}" for name, value in values.items()]
    return "\n".join(lines) + "\n"


def _oldest(holds: Iterable[causes.CauseRow], now: Instant) -> Family:
    ages: dict[tuple[tuple[str, str], ...], float] = {}
    for row in holds:
        key = tuple(_of(row).items())
        age_s = max(0.0, seconds_between(from_stdlib(row.since), now))
        ages[key] = max(ages.get(key, 0.0), age_s)
    return _gauge(
        "counterfoil_hold_oldest_seconds",
        "For how long the oldest of them has waited.",
        [(dict(key), age_s) for key, age_s in ages.items()],
    )


def _of(row: causes.CauseRow) -> Labels:
    return {"route": row.route, "cause": row.cause, "state": State(row.state).word}


def _roles(working: Iterable[workers.WorkerRow]) -> list[tuple[Labels, float]]:
    counts = Counter(worker.role for worker in working)
    return [({"role": role}, count) for role, count in sorted(counts.items())]


def _version() -> str:
    return version("counterfoil")


def _gauge(name: str, help: str, samples: Iterable[tuple[Labels, float]]) -> Family:
    return Family(
        name, "gauge", help, tuple(("", labels, float(value)) for labels, value in samples)
    )
