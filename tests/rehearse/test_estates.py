"""The estates that a demo can play: what is written of each, and that the house would take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import msgspec
import pytest

from counterfoil import app
from counterfoil.config import load
from counterfoil.rehearse.cast import estates, folder
from counterfoil.rehearse.cast.estates import (
    DEFAULT,
    E1,
    ESTATES,
    SINGLE,
    Estate,
    goods_of,
)
from counterfoil.rehearse.cast.office_setup import picks_itself
from counterfoil.rehearse.cast.office_stores import PLACE
from counterfoil.rehearse.cast.people import CAGE
from counterfoil.rehearse.demo import project
from counterfoil.rehearse.traffic.sales import Traffic, together
from counterfoil.rehearse.traffic.trade import trade
from counterfoil.values.errors import Misconfigured

DAY = date(2026, 11, 2)
EVERY = pytest.mark.parametrize("played", ESTATES.values(), ids=lambda one: one.name)


def traffic(played: Estate) -> dict[str, Traffic]:
    return {
        part.connection: trade(DAY, orders=5, seed=at).traffic
        for at, part in enumerate(played.sellers)
    }


@EVERY
def test_the_house_takes_the_folder_as_it_is_written(played: Estate, tmp_path: Path) -> None:
    config = project.lay_out(tmp_path, played, traffic(played), seed=4, faults="hostile")
    assert [problem for problems in app.check(config).values() for problem in problems] == []
    assert list(config.file.connections) == list(played.connections)
    assert config.routes.keys() == played.ways.keys()


@EVERY
def test_each_seller_has_a_route_and_references_of_its_own(played: Estate, tmp_path: Path) -> None:
    config = project.lay_out(tmp_path, played, traffic(played), seed=4, faults="none")
    sellers = [part.connection for part in played.sellers]
    into = [plan for plan in config.routes.values() if plan.target == played.target]
    plans = [plan for plan in into if plan.document == "order" and plan.source in sellers]
    assert [plan.source for plan in plans] == sellers
    assert {plan.target for plan in plans} == {played.target}
    assert len({plan.reference_prefix for plan in plans}) == len(sellers)
    alone = len(sellers) == 1
    assert all(bool(plan.reference_prefix) != alone for plan in plans)


@EVERY
def test_what_is_begun_for_real_is_what_is_rehearsed(played: Estate, tmp_path: Path) -> None:
    """The same connections, maps and routes; only its secrets are not there, and nothing writes."""
    rehearsed = project.lay_out(tmp_path / "played", played, traffic(played), seed=4, faults="none")
    real = tmp_path / "real"
    for path, text in folder.real(played, "2026-11-30T00:00:00Z", lambda system, name: "").items():
        (real / path).parent.mkdir(parents=True, exist_ok=True)
        head = '[estate]\nname = "real"\n' if path == "counterfoil.toml" else ""
        (real / path).write_text(head + text, "utf-8")
    config = load(real)
    wrong = [problem for problems in app.check(config).values() for problem in problems]
    assert {problem.do for problem in wrong} == {
        f"Write it to secrets/{name}."
        for part in played.parts
        for name in (*part.secret_files, *part.user_files)
    }
    assert config.file.maps == rehearsed.file.maps
    assert config.file.ownership == rehearsed.file.ownership
    assert config.routes.keys() == rehearsed.routes.keys()
    assert {plan.switch for plan in config.routes.values()} == {"shadow"}
    for name, connection in config.file.connections.items():
        assert connection.settings.items() <= rehearsed.file.connections[name].settings.items()
        assert "127.0.0.1" not in connection.url


def test_what_happened_before_a_real_beginning_is_left_to_who_brought_it() -> None:
    files = folder.real(E1, "2026-11-30T00:00:00Z", lambda system, name: "")
    begin = {name for name, text in files.items() if "begins" in text}
    happen = ("orders", "picks", "packages", "despatches", "refunds", "sales", "credits", "payouts")
    assert begin == {f"routes/{name}.toml" for name in happen}


def test_the_office_despatches_itself_where_nobody_tells_it_of_what_has_left() -> None:
    """One leg less into it, and its own people pick: by the graph, not by other code."""
    legs = {name: way for name, way in E1.ways.items() if "warehouse" not in way[:2]}
    assert legs.keys() == E1.ways.keys() - {"picks", "packages", "items"}
    alone = replace(E1, ways=legs)
    assert ("fulfilment", "target") in E1.ends("office")
    assert not picks_itself(E1.ends("office"))
    assert picks_itself(alone.ends("office"))
    assert not picks_itself(SINGLE.ends("office"))


def test_an_estate_has_what_its_day_will_sell(tmp_path: Path) -> None:
    sales = trade(DAY, orders=3, seed=2)
    config = project.lay_out(tmp_path, E1, {"shop": sales.traffic}, seed=4, faults="hostile")
    goods = goods_of(sales)
    for _ in range(2):  # a stage that was killed finds it as it is
        E1.furnish(tmp_path, config.state, sales, "hostile")
    opened = E1.served(tmp_path, config.state, seed=4, faults="none", patience_s=1.0, send=_nobody)
    books = {
        (name, word): [*twin.twin.book(word)]  # type: ignore[attr-defined]
        for name, twin in opened.items()
        for word in ("product", "stock")
    }
    for twin in opened.values():
        twin.close()
    entered = [
        row.facts["variant_code"] for row in books["office", "product"] if row.reference[0] == "v"
    ]
    assert sorted(map(str, entered)) == sorted(row.sku for row in goods)
    at_office = {row.reference.rpartition("@")[0] for row in books["office", "stock"]}
    assert {row.reference.rpartition("@")[0] for row in books["shop", "stock"]} == at_office
    places = {row.reference.rpartition("@")[2] for row in books["office", "stock"]}
    assert places == {str(PLACE), str(CAGE)}


@EVERY
def test_the_folder_tells_again_what_was_written(played: Estate, tmp_path: Path) -> None:
    written = traffic(played)
    config = project.lay_out(tmp_path, played, written, seed=4, faults="hostile")
    known = project.rehearsal(config)
    assert known is not None
    assert known.played is played
    assert (known.seed, known.faults) == (4, "hostile")
    assert len({*known.ports.values(), config.file.web.port}) == len(played.connections) + 1
    assert project.traffic(config, known) == written


@EVERY
def test_no_two_connections_share_a_secret_or_a_memory(played: Estate, tmp_path: Path) -> None:
    config = project.lay_out(tmp_path, played, traffic(played), seed=4, faults="none")
    names = [name for part in played.parts for name in part.secret_files]
    secrets = {name: (tmp_path / "secrets" / name).read_text("utf-8") for name in names}
    assert len({*secrets.values()}) == len(secrets)
    opened = played.served(
        tmp_path, config.state, seed=4, faults="none", patience_s=1.0, send=_nobody
    )
    twins = [*opened.values()]
    try:
        assert len([*config.state.glob("*.db")]) == len(twins) == len(played.connections)
    finally:
        for twin in twins:
            twin.close()


async def _nobody(address: str, headers: Mapping[str, str], body: bytes) -> int:
    return 0


def test_a_single_route_is_written_as_ever(tmp_path: Path) -> None:
    """Neither an estate nor a prefix is named: what was written before is what is written now."""
    config = project.write(tmp_path, seed=4, faults="none", traffic=traffic(SINGLE)["shop"])
    known = project.rehearsal(config)
    assert known is not None
    assert (known.estate, known.played) == ("", SINGLE)
    assert list(config.file.rehearsal) == ["seed", "faults", "ports"]
    assert list(config.routes) == ["orders"]
    assert "reference_prefix" not in (tmp_path / "routes" / "orders.toml").read_text("utf-8")
    kept = (config.state / "traffic.json").read_bytes()
    assert msgspec.json.decode(kept, type=Traffic) == project.traffic(config, known)["shop"]


def test_there_is_one_for_who_names_none() -> None:
    assert estates.named(DEFAULT) is ESTATES[DEFAULT]
    assert estates.named("") is SINGLE


def test_an_unknown_name_is_refused_with_the_known_ones() -> None:
    with pytest.raises(Misconfigured, match="'shps'") as told:
        estates.named("shps")
    assert all(name in told.value.do for name in ESTATES)


def test_the_traffic_of_several_shops_is_added_up() -> None:
    parts = [trade(DAY, orders=orders, seed=orders).traffic for orders in (4, 9)]
    whole = together(parts)
    for field in ("orders", "lines", "gross_minor", "discounts_minor", "customers"):
        assert getattr(whole, field) == sum(getattr(part, field) for part in parts)
    assert sum(whole.became.values()) == whole.lines
    assert whole.longest_order == max(part.longest_order for part in parts)
    assert (whole.first, whole.last) == (
        min(part.first for part in parts),
        max(part.last for part in parts),
    )
    assert whole.source == parts[0].source == parts[1].source
    assert together(parts[:1]) == parts[0]
