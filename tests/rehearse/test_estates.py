"""The estates that a demo can play: what is written of each, and that the house would take it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import msgspec
import pytest

from counterfoil import app
from counterfoil.rehearse.cast import estates
from counterfoil.rehearse.cast.estates import DEFAULT, ESTATES, SINGLE, Estate
from counterfoil.rehearse.demo import project
from counterfoil.rehearse.traffic.sales import Traffic, together
from counterfoil.rehearse.traffic.trade import trade
from counterfoil.values.errors import Misconfigured

DAY = date(2026, 11, 2)
EVERY = pytest.mark.parametrize("played", ESTATES.values(), ids=lambda one: one.name)


def traffic(played: Estate) -> dict[str, Traffic]:
    return {
        part.connection: trade(DAY, orders=5, seed=at).traffic
        for at, part in enumerate(played.sources)
    }


@EVERY
def test_the_house_takes_the_folder_as_it_is_written(played: Estate, tmp_path: Path) -> None:
    config = project.lay_out(tmp_path, played, traffic(played), seed=4, faults="hostile")
    assert [problem for problems in app.check(config).values() for problem in problems] == []
    assert list(config.file.connections) == list(played.connections)
    assert config.routes.keys() == played.ways.keys()


@EVERY
def test_each_source_has_a_route_and_references_of_its_own(played: Estate, tmp_path: Path) -> None:
    config = project.lay_out(tmp_path, played, traffic(played), seed=4, faults="none")
    plans = config.routes.values()
    assert [plan.source for plan in plans] == [part.connection for part in played.sources]
    assert {plan.target for plan in plans} == {played.target}
    assert len({plan.reference_prefix for plan in plans}) == len(played.sources)
    alone = len(played.sources) == 1
    assert all(bool(plan.reference_prefix) != alone for plan in plans)


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
    secrets = {path.name: path.read_text("utf-8") for path in (tmp_path / "secrets").iterdir()}
    assert len({*secrets.values()}) == len(secrets)
    opened = played.served(
        tmp_path, config.state, seed=4, faults="none", patience_s=1.0, send=_nobody
    )
    twins = [*opened.sources.values(), opened.target]
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
