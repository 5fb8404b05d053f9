"""Several shops beside each other, as a program asks for them: each balanced to the penny by what
the simulated systems themselves hold, and none of one's orders under the other's route."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, cast

import demos
import pytest

from counterfoil.config import load
from counterfoil.rehearse.cast.estates import DEFAULT, E1, ESTATES
from counterfoil.rehearse.demo import project
from counterfoil.rehearse.traffic.trade import trade
from counterfoil.twins.kit.book import Entry

DAY = date(2026, 11, 2)
ORDERS = 25
PATIENCE_S = 200.0


demo = partial(demos.demo, patience_s=PATIENCE_S)


async def _nobody(*_: object) -> int:
    return 0


def books(folder: Path, word: str = "order") -> dict[str, list[Entry]]:
    """What each simulated system holds of a word, read from its own memory after everything has
    ended: nothing of the house is asked."""
    config = load(folder)
    known = project.rehearsal(config)
    assert known is not None
    every: Mapping[str, Any] = known.played.served(
        folder, config.state, seed=1, faults="none", patience_s=1.0, send=_nobody
    )
    held = {connection: [*one.twin.book(word)] for connection, one in every.items()}
    for one in every.values():
        one.close()
    return held


def amount(entry: Entry) -> Any:
    return entry.facts.get("current_minor", entry.measure.amount)


def goods(entry: Entry) -> Any:
    units: Any = entry.facts.get("units")
    return entry.facts["pieces"] if units is None else sum(units.values())


@pytest.mark.timeout(PATIENCE_S * 2)
def test_every_shop_is_balanced_by_itself_to_the_penny(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    told = demo(tmp_path, "--estate", "--orders", str(ORDERS), "--keep", str(kept))
    played = ESTATES[DEFAULT]
    assert told["estate"] == DEFAULT
    assert told["routes"].keys() == played.ways.keys()
    held = books(kept)
    there = held[played.target]
    for name, way in played.ways.items():
        is_balanced(told["routes"][name], held[way.source], there, way.prefix)
    everyone_is_told_apart(held, played)
    is_the_sum(told)


@pytest.mark.timeout(PATIENCE_S * 2)
def test_a_warehouse_is_balanced_and_sends_no_more_than_it_was_told(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    told = demo(tmp_path, "--estate", "warehouse", "--orders", str(ORDERS), "--keep", str(kept))
    played = ESTATES["warehouse"]
    ((name, way),) = played.ways.items()
    held = books(kept)
    is_balanced(told["routes"][name], held[way.source], held[played.target], way.prefix)
    asked = {entry.reference: Counter(units(entry)) for entry in held[played.target]}
    sent: dict[str, Counter[str]] = defaultdict(Counter)
    for entry in books(kept, "fulfilment")[played.target]:
        if not entry.facts["void"]:
            sent[entry.reference].update(units(entry))
    assert sent
    assert all(pieces <= asked[reference] for reference, pieces in sent.items())


@pytest.mark.timeout(PATIENCE_S * 2)
def test_a_whole_warehouse_day_is_balanced_on_every_route(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    words = ("--estate", "E1", "--orders", "12", "--faults", "hostile", "--keep", str(kept))
    told = demo(tmp_path, *words)
    assert told["routes"].keys() == E1.ways.keys()
    assert {name for name, count in told["checks"].items() if count} == set()
    for name, route in told["routes"].items():
        balance = route["balance"]
        assert (balance["in_flight"], balance["unaccounted"], route["strays"]) == (0, 0, 0), name
        assert route["document"] == E1.ways[name].document
        if route["document"] != "refund":  # of a dozen orders few come back, and one may be held
            assert balance["confirmed"] + balance["merged"] > 0, name
    held, left = books(kept), books(kept, "fulfilment")
    orders = Counter(entry.reference for entry in held["office"])
    assert max(orders.values()) == 1
    assert orders.keys() <= {entry.key for entry in held["shop"]}
    picks = Counter(entry.reference for entry in held["warehouse"])
    assert max(picks.values()) == 1
    assert picks.keys() <= {entry.key for entry in held["office"]}
    packages = [entry for entry in left["warehouse"] if not entry.facts["void"]]
    assert 0 < len(left["office"]) <= len(packages)
    standing = [entry for entry in left["office"] if not entry.facts["void"]]
    untold = {row["key"] for row in told["untold"] if row["route"] == "despatches"}
    for row in told["untold"]:
        assert row["owner"]
        assert row["age_s"] >= 0
    owed = Counter(entry.reference for entry in standing if entry.key not in untold)
    sending = Counter(entry.reference for entry in left["shop"] if not entry.facts["void"])
    assert owed
    assert owed.keys() <= sending.keys()
    causes = {hold["cause"] for route in told["routes"].values() for hold in route["holds"]}
    assert "unmapped-place" in causes
    held, items = books(kept, "stock"), books(kept, "product")
    bins = Counter(entry.reference.rpartition("@")[0] for entry in held["office"])
    assert max(bins.values()) == 2, "what is in a bin that nobody mapped lies elsewhere too"
    sold = [entry for entry in items["office"] if entry.reference[0] == "v"]
    codes = {str(entry.facts["variant_code"]) for entry in sold}
    stocked = {sku for sku in codes if sku.endswith("-B")}
    assert stocked <= bins.keys(), "what was renamed has a level under its new name"
    assert codes & {entry.reference for entry in items["warehouse"]}


def units(entry: Entry) -> dict[str, int]:
    return cast("dict[str, int]", entry.facts["units"])


def is_balanced(route: Any, here: list[Entry], there: list[Entry], prefix: str) -> None:
    """The route's figures are those of both systems, counted here once more."""
    balance, (money,) = route["balance"], route["money"].values()
    assert balance["listed"] == len(here) == ORDERS
    assert (balance["in_flight"], balance["unaccounted"], route["strays"]) == (0, 0, 0)
    assert route["difference"] == {"GBP": 0}
    assert money["difference_minor"] == route["pieces"]["difference"] == 0
    arrived = [entry for entry in there if entry.reference.startswith(prefix)]
    assert {entry.reference.removeprefix(prefix) for entry in arrived} <= {one.key for one in here}
    assert money["source_minor"] == sum(amount(one) for one in here) > 0
    assert money["target_minor"] == sum(amount(one) for one in arrived) > 0
    assert route["pieces"]["source"] == sum(goods(one) for one in here) > 0
    assert route["pieces"]["target"] == sum(goods(one) for one in arrived) > 0
    for sums, unit in ((money, "_minor"), (route["pieces"], "")):
        parts = [sums[f"{part}{unit}"] for part in ("target", "not_there", "told")]
        assert sums[f"source{unit}"] == sum(parts)
    assert 0 < balance["confirmed"] <= len(arrived) <= ORDERS


def everyone_is_told_apart(held: dict[str, list[Entry]], played: Any) -> None:
    """Two shops gave the same numbers; at the target no reference is there twice."""
    there = held[played.target]
    assert max(Counter(entry.reference for entry in there).values()) == 1
    first, second = (
        {entry.reference.removeprefix("#") for entry in held[part.connection]}
        for part in played.sellers
    )
    assert first == second
    prefixes = tuple(way.prefix for way in played.ways.values())
    assert all(entry.reference.startswith(prefixes) for entry in there)


def is_the_sum(told: Any) -> None:
    """What is told of the whole is what its routes come to."""
    routes = told["routes"].values()
    for word, count in told["balance"].items():
        assert count == sum(route["balance"][word] for route in routes)
    assert told["placed"] == told["traffic"]["orders"] == len(routes) * ORDERS
    assert sum(told["faults"].values()) > 0
    target = told["target"]
    assert (target["duplicates"], target["missing"], target["unlisted"]) == (0, 0, 0)
    money = [one["target_minor"] for route in routes for one in route["money"].values()]
    assert target["gross_minor"] == sum(money)


def test_an_estate_that_is_not_known_is_refused_with_the_known_ones(
    run: Callable[..., Any],
) -> None:
    ended = run("demo", "--estate", "shps", "--json")
    assert ended.code == 2
    error = json.loads(ended.err)
    assert all(name in error["do"] for name in ESTATES)


@pytest.mark.parametrize("name", ESTATES)
def test_the_doctor_finds_nothing_wrong_with_a_new_folder(
    name: str, tmp_path: Path, run: Callable[..., Any]
) -> None:
    played = ESTATES[name]
    traffic = {part.connection: trade(DAY, orders=1).traffic for part in played.sellers}
    project.lay_out(tmp_path, played, traffic, seed=1, faults="none")
    doctor = run("doctor", "--offline")
    assert doctor.code == 0, doctor.out + doctor.err
    routes = f"{len(played.ways)} route{'s' if len(played.ways) > 1 else ''}."
    assert f"{len(played.connections)} connections, {routes}" in doctor.out
