"""A person is given what is kept of them, and is taken out of all of it; the books stay whole."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from acquainted import (
    MAIL,
    NAME,
    NEIGHBOUR,
    TOLD,
    everything,
    files,
    hits,
    house,
    push,
    told,
)
from journeys_environment import SECRETS

from counterfoil.app import House
from counterfoil.flows import balance
from counterfoil.flows.hold import resend
from counterfoil.govern import erasure
from counterfoil.ledger.account import State
from counterfoil.store import holds
from counterfoil.surfaces.desk import privacy, privacy_export
from counterfoil.surfaces.desk.envelope import encoded
from counterfoil.surfaces.desk.opening import Desk
from counterfoil.values.clock import SystemClock
from counterfoil.values.errors import Misconfigured, Refuse


@pytest.fixture
async def shop(
    folder: Path, database: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[House]:
    """Two customers' orders, at rest at the target."""
    monkeypatch.setenv("DATABASE_URL", database)
    async with house(folder, {"DATABASE_URL": database, **SECRETS}) as opened:
        await push(opened, told(1001, TOLD), told(1002, NEIGHBOUR))
        yield opened


def desk(opened: House) -> Desk:
    return Desk(opened.config, SystemClock(), "ann", opened.engine.database)


def settled(opened: House, **settings: object) -> Desk:
    """The same desk, of a project that says so about privacy."""
    config = opened.config
    file = msgspec.structs.replace(
        config.file, privacy=msgspec.structs.replace(config.file.privacy, **settings)
    )
    kept = msgspec.structs.replace(config, file=file)
    return Desk(kept, SystemClock(), "ann", opened.engine.database)


async def test_nothing_readable_stays_and_the_books_are_what_they_were(
    shop: House, database: str, folder: Path
) -> None:
    asked = desk(shop)
    (number,) = shop.engine.routes
    before = await everything(database)
    assert {"inbox.body", "page.bodies", "evidence.body"} <= hits(before).keys()
    neighbour = hits(before, NEIGHBOUR)
    account = await balance.kept(shop.engine.database, number, "orders")

    erased = await privacy.erase(asked, MAIL.upper(), f"{NAME} asked by letter, from {MAIL}")
    assert (erased.documents, erased.by) == (1, "ann")
    assert erased.why == "[erased] asked by letter, from [erased]"
    after = await everything(database)
    assert hits(after) == {}
    assert hits(after, ["203.0.113.7"]).keys() == hits(before, ["203.0.113.7"]).keys() - {"nothing"}
    assert hits(after, NEIGHBOUR).keys() >= neighbour.keys() - {"evidence.body"}
    assert await balance.kept(shop.engine.database, number, "orders") == account
    assert (await balance.proven(shop.engine.database)).holds

    await privacy.scrub(asked)
    place = Path(await shop.engine.database._pool.fetchval("show data_directory"))
    await shop.engine.database._pool.execute("checkpoint")
    assert hits(files(place / "base")) == {}
    assert hits(files(folder)) == {}


async def test_what_comes_late_of_somebody_erased_enters_without_them(
    shop: House, database: str
) -> None:
    """The same message again and a newer version say nothing new; an older order that was never
    seen waits, since nobody can be sent anything without a name."""
    await privacy.erase(desk(shop), MAIL, "they asked by letter")
    await push(shop, told(1001, TOLD), told(1001, TOLD, hour=10), told(1003, TOLD))
    assert hits(await everything(database)) == {}
    rows = await shop.engine.database._pool.fetch("select number, state from record order by id")
    states = [(row["number"], State(row["state"]).word) for row in rows]
    assert states == [
        ("#1001", "confirmed"), ("#1002", "confirmed"), ("#1001", "merged"), ("#1003", "held"),
    ]  # fmt: skip
    (waiting,) = await holds.open_now(shop.engine.database, None, "erased", 9)
    with pytest.raises(Refuse, match="whom it was for is erased"):
        await resend(shop.engine, [waiting.record], "ann")


async def test_who_comes_back_is_a_new_customer(shop: House, database: str) -> None:
    await privacy.erase(desk(shop), MAIL, "they asked by letter")
    await push(shop, told(1003, TOLD, born="2099-01-02T09:00:00Z"))
    assert {"inbox.body", "page.bodies"} <= hits(await everything(database)).keys()


async def test_a_restored_copy_erases_again_whoever_was_erased_since(
    shop: House, database: str, project, tmp_path: Path
) -> None:
    copy = str(tmp_path / "copy.dump")
    assert project("db", "backup", copy).code == 0
    await privacy.erase(desk(shop), MAIL, "they asked by letter")
    await shop.close()
    assert project("db", "restore", copy, "--yes").code == 0
    assert hits(await everything(database)) == {}
    assert hits(await everything(database), NEIGHBOUR)


async def test_what_is_open_or_must_be_kept_is_not_erased(shop: House, database: str) -> None:
    await push(shop, told(1003, TOLD, note="unmapped"))
    with pytest.raises(Refuse, match=r"1 document of theirs is not at rest: #1003 \(ord"):
        await privacy.erase(desk(shop), MAIL, "they asked")
    with pytest.raises(Misconfigured, match="with a reason"):
        await privacy.erase(desk(shop), MAIL, " ")
    with pytest.raises(Misconfigured, match="Nothing is kept"):
        await privacy.erase(desk(shop), "nobody@example.org", "they asked")
    assert MAIL in str(hits(await everything(database)))


async def test_what_the_law_keeps_is_not_erased_before_its_time(shop: House, folder: Path) -> None:
    by_law = settled(shop, keep_days={"GB": 36_500})
    with pytest.raises(Refuse, match=r"1 document of theirs must be kept, the last until 21\d\d"):
        await privacy.erase(by_law, MAIL, "they asked")
    assert (await privacy.plan(settled(shop, keep_days={"FR": 36_500}), MAIL)).free


async def test_what_is_past_its_time_is_listed_and_erased(shop: House, database: str) -> None:
    """Whose goods went to a country of which a time is said, and no other; what was said of them
    goes before they do."""
    await push(shop, told(1003, NEIGHBOUR, note="unmapped"))
    asked = settled(shop, erase_after_days={"messages": {"GB": 1}, "personal": {"FR": 1}})
    assert [(row.data_class, row.country, row.documents) for row in await privacy.due(asked)] == [
        ("messages", "GB", 2)
    ]
    await privacy.erase_due(asked)
    assert await privacy.due(asked) == []
    places = hits(await everything(database))
    assert "inbox.body" not in places
    assert {"page.bodies", "evidence.body"} <= places.keys()
    whole = settled(shop, erase_after_days={"personal": {"other": 1}})
    assert [act.documents for act in await privacy.erase_due(whole)] == [2]
    assert hits(await everything(database)) == {}
    assert hits(await everything(database), NEIGHBOUR), "what is held stays until it is not"


@pytest.mark.parametrize("dying", ["_exchanges", "_messages", "_words", "_bodies"])
async def test_an_erasure_that_dies_anywhere_is_gone_on_with(
    shop: House, database: str, folder: Path, monkeypatch: pytest.MonkeyPatch, dying: str
) -> None:
    """Whoever opens the house next ends it."""

    async def died(*_: object) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr(erasure, dying, died)
        with pytest.raises(RuntimeError):
            await privacy.erase(desk(shop), MAIL, "they asked")
    assert hits(await everything(database))
    async with house(folder, {"DATABASE_URL": database, **SECRETS}):
        assert hits(await everything(database)) == {}


async def test_an_export_has_all_of_theirs_and_nobody_elses(shop: House) -> None:
    for asked in (MAIL, "07700 900123", "1001", "shop:9001"):
        dossier = await privacy_export.export(desk(shop), asked)
        text = encoded(dossier)
        assert all(part in text for part in TOLD), asked
        assert not any(part in text for part in NEIGHBOUR)
