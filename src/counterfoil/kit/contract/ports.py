"""Rules about ports: what ran is listed once, and what is started there can be seen again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

from counterfoil.kit.capability import Port
from counterfoil.kit.contract.case import Broken, Case, at_stage, demand
from counterfoil.kit.contract.rule import Rule, Trial, rule
from counterfoil.kit.contract.stage import Runner
from counterfoil.kit.manifest import Manifest
from counterfoil.kit.ports import ForeignEstate, Run
from counterfoil.model.words import Word
from counterfoil.values.clock import Instant, later

_MANY = 23  # runs: several pages
_MOST_PAGES = 200


def about_port(port: Port, *verbs: str) -> Callable[[Callable[[Case], Awaitable[None]]], Rule]:
    """A rule about a port that offers these verbs."""

    def applies(manifest: Manifest) -> Iterator[Word | None]:
        offers = manifest.ports.get(port)
        if offers is not None and {*verbs} <= {*offers.verbs}:
            yield None

    def made(check: Callable[[Case], Awaitable[None]]) -> Rule:
        async def run(trial: Trial) -> None:
            with at_stage(trial.subject.connector, trial.stage) as case:
                await check(case)

        return rule(check, applies, run)

    return made


@about_port("estate", "flows", "runs")
async def every_run_of_a_window_is_listed_once(case: Case) -> None:
    """Every run that was started in a window is listed once, the oldest first and none of another
    time, over several pages; and each is of a flow that there is."""
    runner, estate = _runner(case), case.open().estate()
    runner.run()
    case.clock.move(1.0)
    start = case.clock.now()
    keys = [_moved(case, runner) for _ in range(_MANY)]
    end = case.clock.now()
    runner.run()
    runs = await _listed(estate, start, end)
    listed = [run.key for run in runs]
    demand(sorted(listed) == sorted(keys), "The list of runs has not what ran, each once.")
    moments = [run.started for run in runs]
    demand(moments == sorted(moments), "The list of runs is not sorted by their starts.")
    strange = {run.flow for run in runs} - {flow.key for flow in await estate.flows()}
    demand(not strange, f"Runs are of {', '.join(sorted(strange))}, which is no flow.")


@about_port("estate", "runs", "retry")
async def what_is_run_again_is_a_run_of_its_own(case: Case) -> None:
    """A run that is started again is another run of the same flow, and is listed."""
    start, estate = case.clock.now(), case.open().estate()
    key = _moved(case, _runner(case))
    again = await estate.retry(key)
    case.clock.move(1.0)
    runs = {run.key: run for run in await _listed(estate, start, later(case.clock.now(), 1.0))}
    demand(again.key != key and again.key in runs, "What was run again is not among the runs.")
    demand(runs[again.key].flow == runs[key].flow, "What was run again is of another flow.")


@about_port("publisher", "refresh", "history")
async def a_refresh_stands_in_the_history(case: Case) -> None:
    """A refresh that was begun is in the history of its dataset, before those that were earlier."""
    dataset, publisher = case.stage.dataset, case.open().publisher()
    demand(bool(dataset), "The stage names no dataset.")
    first = await publisher.refresh(dataset)
    case.clock.move(3600.0)
    second = await publisher.refresh(dataset)
    keys = [run.key for run in await publisher.history(dataset)]
    demand({first.key, second.key} <= {*keys}, "A refresh that was begun is not in the history.")
    newest = keys.index(second.key) < keys.index(first.key)
    demand(newest, "The history does not begin with the newest refresh.")


def _runner(case: Case) -> Runner:
    if case.stage.runner is None:
        raise Broken("The stage has no runner: nothing runs there.")
    return case.stage.runner


def _moved(case: Case, runner: Runner) -> str:
    """The key of a run; time passes after it."""
    key = runner.run()
    case.clock.move(1.0)
    return key


async def _listed(estate: ForeignEstate, start: Instant, end: Instant) -> list[Run]:
    runs: list[Run] = []
    cursor: str | None = None
    for _ in range(_MOST_PAGES):
        page = await estate.runs(start, end, cursor)
        runs += page.runs
        cursor = page.cursor
        if cursor is None:
            return runs
    raise Broken("The list of runs has no end.")
