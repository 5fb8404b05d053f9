"""What a system offers beside documents is declared, is in its session, and keeps to its rules."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import msgspec
import pytest

from counterfoil.connectors import shipstation
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.contract import RULES, Stage, StoppedClock, at_stage
from counterfoil.kit.contract.call import calls
from counterfoil.kit.contract.case import Broken, Subject
from counterfoil.kit.contract.rule import Trial
from counterfoil.kit.manifest import Offers
from counterfoil.kit.nowhere import Nowhere
from counterfoil.kit.ports import Flow, LogPage, Payload, Run, RunPage
from counterfoil.values.clock import Instant

NAMED = {rule.name: rule for rule in RULES}
PAGE = 5
PORTS = {
    "estate": Offers(("flows", "runs", "lines", "payloads", "retry"), "a test", "C", "a test"),
    "publisher": Offers(("refresh", "history", "query"), "a test", "C", "a test"),
}


class Service:
    """A service in memory that runs flows and refreshes a dataset."""

    def __init__(self, clock: StoppedClock) -> None:
        self.clock = clock
        self.ran: list[Run] = []
        self.refreshed: list[Run] = []

    def run(self, flow: str = "orders") -> str:
        key = f"r{len(self.ran)}"
        self.ran.append(Run(key, flow, self.clock.now(), "done"))
        return key

    async def flows(self) -> Sequence[Flow]:
        return [Flow("orders", "Orders to the books", active=True)]

    async def runs(self, start: Instant, end: Instant, cursor: str | None) -> RunPage:
        found = [run for run in self.ran if start <= run.started < end]
        first = int(cursor or 0)
        more = str(first + PAGE) if len(found) > first + PAGE else None
        return RunPage(tuple(found[first : first + PAGE]), more)

    async def lines(self, run: str, cursor: str | None) -> LogPage:
        return LogPage((), None)

    async def payloads(self, run: str) -> Sequence[Payload]:
        return []

    async def retry(self, run: str) -> Run:
        (old,) = (one for one in self.ran if one.key == run)
        self.run(old.flow)
        return self.ran[-1]

    async def refresh(self, dataset: str) -> Run:
        self.refreshed.append(Run(f"f{len(self.refreshed)}", dataset, self.clock.now(), "running"))
        return self.refreshed[-1]

    async def history(self, dataset: str) -> Sequence[Run]:
        return self.refreshed[::-1]

    async def query(self, dataset: str, text: str) -> Sequence[Mapping[str, object]]:
        return []


class Twice(Service):
    """A listing whose pages overlap."""

    async def runs(self, start: Instant, end: Instant, cursor: str | None) -> RunPage:
        page = await super().runs(start, end, cursor)
        return RunPage((*page.runs, *page.runs[-1:]), page.cursor)


class Timeless(Service):
    """A listing that does not heed its window."""

    async def runs(self, start: Instant, end: Instant, cursor: str | None) -> RunPage:
        return RunPage(tuple(self.ran), None)


class Newest(Service):
    """A listing that begins with the newest run."""

    async def runs(self, start: Instant, end: Instant, cursor: str | None) -> RunPage:
        found = [run for run in self.ran if start <= run.started < end]
        return RunPage(tuple(found[::-1]), None)


class Endless(Service):
    """A listing that always has another page."""

    async def runs(self, start: Instant, end: Instant, cursor: str | None) -> RunPage:
        return RunPage((), "more")


class Nameless(Service):
    """Runs of a flow that nobody lists."""

    async def flows(self) -> Sequence[Flow]:
        return []


class Resumed(Service):
    """A run that is started again is said to be the old one."""

    async def retry(self, run: str) -> Run:
        (old,) = (one for one in self.ran if one.key == run)
        return old


class Elsewhere(Service):
    """A run that is started again is of another flow."""

    async def retry(self, run: str) -> Run:
        self.run("returns")
        return self.ran[-1]


class Forgetful(Service):
    """A service that remembers no refresh."""

    async def history(self, dataset: str) -> Sequence[Run]:
        return []


class Backwards(Service):
    """A history that begins with the oldest refresh."""

    async def history(self, dataset: str) -> Sequence[Run]:
        return self.refreshed


class Mute(Service):
    """A service that has no way to start a run again."""

    retry = None  # type: ignore[assignment]


def connector(service: Callable[[], Service], ports: Mapping[str, Offers]) -> Connector:
    """A connector that has ports only."""

    async def probe() -> str:
        return "A service answers."

    def opened(opening: Opening) -> Session:
        made = service()
        return Session({}, {}, probe, ports={"estate": made, "publisher": made})

    manifest = msgspec.structs.replace(
        shipstation.CONNECTOR.manifest, documents={}, ports=ports, settings={}, scope={}
    )
    return Connector(manifest, opened)


async def said(
    name: str, kind: type[Service] = Service, ports: Mapping[str, Offers] = PORTS
) -> str:
    """What the rule says of a connector to such a service; empty where it is kept."""
    services: list[Service] = []

    @contextmanager
    def stage(clock: StoppedClock) -> Generator[Stage]:
        services.append(kind(clock))
        url = "https://ssapi.shipstation.com"
        yield Stage(url, Nowhere(), {}, runner=services[-1], dataset="sales")

    made = connector(lambda: services[-1], ports)
    subject = Subject(made, Path(), Path(), frozenset(NAMED))
    try:
        for document in NAMED[name].applies(made.manifest):
            await NAMED[name].run(Trial(subject, stage, document))
    except Broken as broken:
        return str(broken)
    return ""


LISTED = "every_run_of_a_window_is_listed_once"
AGAIN = "what_is_run_again_is_a_run_of_its_own"
HISTORY = "a_refresh_stands_in_the_history"


@pytest.mark.parametrize(
    ("rule", "worse", "sentence"),
    [
        (LISTED, Twice, "each once"),
        (LISTED, Timeless, "has not what ran"),
        (LISTED, Newest, "not sorted"),
        (LISTED, Endless, "has no end"),
        (LISTED, Nameless, "which is no flow"),
        (AGAIN, Resumed, "not among the runs"),
        (AGAIN, Elsewhere, "another flow"),
        (HISTORY, Forgetful, "not in the history"),
        (HISTORY, Backwards, "begin with the newest"),
        ("verbs_exist_exactly_where_they_are_declared", Mute, "The estate lacks retry"),
    ],
)
async def test_a_worse_service_is_found_out(rule: str, worse: type[Service], sentence: str) -> None:
    assert await said(rule) == ""
    assert sentence in await said(rule, worse)


@pytest.mark.parametrize(
    ("offers", "sentence"),
    [
        ({"estate": Offers(("flows", "stop"), "a test")}, "no verb stop"),
        ({"estate": Offers((), "a test")}, "offers no verb"),
        ({"estate": Offers(("flows",), " ")}, "how it is known"),
        ({"estate": Offers(("retry",), "a test")}, "exactly where it changes"),
        ({"publisher": Offers(("query",), "a test", "C", "a test")}, "exactly where it changes"),
        ({"publisher": Offers(("refresh",), "a test", "C")}, "how its class is known"),
    ],
)
async def test_a_port_that_says_too_little_is_found_out(
    offers: dict[str, Offers], sentence: str
) -> None:
    assert await said("a_port_says_what_it_offers") == ""
    assert sentence in await said("a_port_says_what_it_offers", ports=offers)


async def test_a_port_that_is_there_and_not_declared_is_found_out() -> None:
    rule, ports = "verbs_exist_exactly_where_they_are_declared", {"estate": PORTS["estate"]}
    assert "The publisher has history, query, refresh" in await said(rule, ports=ports)


def test_every_verb_of_a_port_is_a_call_that_the_rules_of_calls_try() -> None:
    @contextmanager
    def stage(clock: StoppedClock) -> Generator[Stage]:
        yield Stage("https://ssapi.shipstation.com", Nowhere(), {})

    with at_stage(connector(lambda: Service(StoppedClock()), PORTS), stage) as case:
        made = {call.name: call.writes for call in calls(case, case.open())}
    assert made.pop("probe") is False
    assert made == {
        f"{port}.{verb}": verb in ("retry", "refresh")
        for port, offers in PORTS.items()
        for verb in offers.verbs
    }
