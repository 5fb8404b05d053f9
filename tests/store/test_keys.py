"""The estate's keys: one data key, sealed by a master key that lies in a file and nowhere else."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from counterfoil.store import kept_beside
from counterfoil.store import keys as store_keys
from counterfoil.store.keys import Keys, begin_anew, keys, rotate
from counterfoil.store.postgres import Database
from counterfoil.store.tokens import Tokens
from counterfoil.values.clock import SystemClock, instant
from counterfoil.values.errors import Misconfigured
from counterfoil.values.token import Token

CLOCK = SystemClock()
TOKEN = Token("opens-the-books", instant("2026-12-01T09:00:00Z"), "refreshes-them", "seed")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "secrets" / "master.key"


async def test_the_first_start_makes_a_file_for_this_account_only(
    store: Database, file: Path
) -> None:
    made = await asyncio.gather(*(keys(store, file, CLOCK) for _ in range(4)))
    assert len({held.data_key for held in made}) == 1, "whoever is quicker, all have one key"
    assert file.stat().st_mode & 0o777 == 0o600
    assert kept_beside.place(file).stat().st_mode & 0o777 == 0o600
    (row,) = await store.rows("data_key")
    assert made[0].data_key not in row["sealed"]


async def test_a_sign_in_rests_sealed_and_is_read_again(store: Database, file: Path) -> None:
    tokens = Tokens(store, await keys(store, file, CLOCK))
    assert await tokens.claim("books", "w1", TOKEN.dies, CLOCK.now())
    assert await tokens.swap("books", TOKEN, 0)
    (row,) = await store._pool.fetch("select token, refresh from token")
    assert "opens" not in row["token"] + row["refresh"]
    kept = await tokens.read("books")
    assert kept is not None
    assert (kept.token, kept.refresh) == ("opens-the-books", "refreshes-them")


async def test_a_sealed_text_is_read_only_as_what_it_is_about() -> None:
    held = Keys(b"k" * 32)
    sealed = held.seal("opens", "token books")
    with pytest.raises(Misconfigured):
        held.read(sealed, "token till")
    with pytest.raises(Misconfigured):
        Keys(b"o" * 32).read(sealed, "token books")
    assert held.seal("opens", "token books") != sealed


async def test_what_an_older_version_kept_in_clear_is_sealed_when_it_is_read(
    store: Database, file: Path
) -> None:
    await store._pool.execute(
        "insert into token (name, version, token, dies_at, refresh, seed)"
        " values ('books', 3, 'opens-the-books', '2026-12-01', 'refreshes-them', 'seed')"
    )
    tokens = Tokens(store, await keys(store, file, CLOCK))
    kept = await tokens.read("books")
    assert kept is not None
    assert (kept.token, kept.version) == ("opens-the-books", 4)
    (row,) = await store._pool.fetch("select token, refresh, version from token")
    assert "opens" not in row["token"] + row["refresh"]
    assert row["version"] == 4


async def test_another_master_key_opens_the_same_data_key(store: Database, file: Path) -> None:
    before, held = file_of(file), await keys(store, file, CLOCK)
    before = file_of(file)
    await rotate(store, file, CLOCK)
    assert file_of(file) != before
    assert (await keys(store, file, CLOCK)).data_key == held.data_key
    file.write_bytes(before)
    with pytest.raises(Misconfigured, match="not the one that this database was sealed with"):
        await keys(store, file, CLOCK)


class _Died(BaseException):
    """A death."""


@pytest.mark.parametrize("dying", ["_write", "run", "replace"])
async def test_a_rotation_that_dies_anywhere_leaves_a_key_that_opens(
    store: Database, file: Path, monkeypatch: pytest.MonkeyPatch, dying: str
) -> None:
    """After the new key was written, after the database went over to it, and between the two."""
    held = await keys(store, file, CLOCK)

    def died(*_: object) -> None:
        raise _Died

    with monkeypatch.context() as patch:
        owner = {"_write": store_keys, "run": store, "replace": Path}[dying]
        patch.setattr(owner, dying, died)
        with pytest.raises(_Died):
            await rotate(store, file, CLOCK)
    assert (await keys(store, file, CLOCK)).data_key == held.data_key
    await rotate(store, file, CLOCK)
    assert (await keys(store, file, CLOCK)).data_key == held.data_key


async def test_a_copy_from_before_a_rotation_is_opened_by_what_lies_beside_the_key(
    store: Database, file: Path
) -> None:
    held = await keys(store, file, CLOCK)
    (old,) = await store.rows("data_key")
    await rotate(store, file, CLOCK)
    await store.run("replace_data_key", old["sealed"], CLOCK.now().to_stdlib())
    assert (await keys(store, file, CLOCK)).data_key == held.data_key
    await store.run("forget_data_key")  # a copy from before there was one
    assert (await keys(store, file, CLOCK)).data_key == held.data_key


async def test_a_lost_key_is_one_sentence_and_one_way_out(store: Database, file: Path) -> None:
    held = await keys(store, file, CLOCK)
    tokens = Tokens(store, held)
    await tokens.claim("books", "w1", TOKEN.dies, CLOCK.now())
    await tokens.swap("books", TOKEN, 0)
    file.unlink()
    with pytest.raises(Misconfigured, match="is not here, and this database was sealed") as lost:
        await keys(store, file, CLOCK)
    assert "`counterfoil privacy rotate --lost`" in lost.value.do
    await begin_anew(store, file, CLOCK)
    anew = await keys(store, file, CLOCK)
    assert anew.data_key != held.data_key
    kept = await Tokens(store, anew).read("books")
    assert kept is not None
    assert (kept.token, kept.refresh, kept.seed) == ("", "", "")


@pytest.mark.parametrize("content", [b"", b"not a key", b"AAAA"])
async def test_a_file_that_holds_no_key_is_never_taken_for_one(
    store: Database, file: Path, content: bytes
) -> None:
    file.parent.mkdir()
    file.write_bytes(content)
    with pytest.raises(Misconfigured, match="holds no key"):
        await keys(store, file, CLOCK)


def test_a_mark_is_the_same_for_one_person_and_another_for_another_estate() -> None:
    held = Keys(b"k" * 32)
    assert held.mark("mail:jo@example.org") == held.mark("mail:jo@example.org")
    assert held.mark("mail:jo@example.org") != held.mark("mail:jp@example.org")
    assert held.mark("mail:jo@example.org") != Keys(b"o" * 32).mark("mail:jo@example.org")


def file_of(file: Path) -> bytes:
    return file.read_bytes() if file.exists() else b""
