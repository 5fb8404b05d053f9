"""A retailer who replaces nothing points at two systems, read only, and sees what differs."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from pathlib import Path

import pytest
from payday import Payday, payday

from counterfoil.reconcile.findings import Audit
from counterfoil.surfaces.desk.audit import AuditAsked, between
from counterfoil.surfaces.desk.opening import StaffedDesk
from counterfoil.values.errors import Misconfigured


@pytest.fixture
async def house(
    migrated_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncGenerator[Payday]:
    monkeypatch.setenv("DATABASE_URL", migrated_database)
    monkeypatch.chdir(tmp_path)
    async with payday(migrated_database, tmp_path) as made:
        yield made


async def audited(house: Payday, left: str, right: str, document: str = "order") -> Audit:
    desk = StaffedDesk(
        house.house.config, house.clock, "tester", house.house.engine.database, house.house
    )
    day = house.clock.now().format_iso()[:10]
    return await between(
        desk, AuditAsked(Path(left), Path(right), document=document, start=day, end=day)
    )


async def test_a_connection_is_held_against_an_export(house: Payday, tmp_path: Path) -> None:
    keys = [house.sell(number, 1000 + number) for number in range(1, 31)]
    house.clock.move(60.0)
    lines = [f"{key},{(1000 + number) / 100:.2f},GBP" for number, key in enumerate(keys, 1)]
    lines[3] = f"{keys[3]},99.99,GBP"
    (tmp_path / "erp.csv").write_text("\n".join(["Web Order,Gross,Currency", *lines[:-2]]))
    answer = await audited(house, "shop", "erp.csv")
    assert (answer.left.file, answer.right.file) == ("shop", "erp.csv")
    assert (answer.same, answer.only_left, answer.only_right) == (27, 2, 0)
    assert answer.different == {"amount": 1}
    (sums,) = answer.currencies.values()
    assert sums.explained_minor == {"missing": 1029 + 1030}
    assert sums.unexplained_minor == 1004 - 9999


async def test_two_connections_agree_field_by_field(house: Payday) -> None:
    for number in range(1, 13):
        house.sell(number, 1000)
    house.clock.move(60.0)
    answer = await audited(house, "shop", "shop")
    assert (answer.same, answer.findings) == (12, ())


@pytest.mark.parametrize(
    ("left", "right", "document", "said"),
    [
        ("shop", "bokos", "order", "no file and no connection 'bokos'"),
        ("shop", "books", "order", "books cannot be asked"),
        ("shop", "books", "ordre", "'ordre' is no document"),
        ("shop", "books", "", "Which documents"),
    ],
)
async def test_what_cannot_be_asked_is_said(
    house: Payday, left: str, right: str, document: str, said: str
) -> None:
    with pytest.raises(Misconfigured, match=said) as caught:
        await audited(house, left, right, document)
    assert caught.value.do
