"""PostgreSQL's programs learn the address and the password, and nobody else does."""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterfoil.store import programs
from counterfoil.store.server import Server
from counterfoil.values.errors import Misconfigured

SPY = """\
#!{python}
import json, os, stat, sys
found = {{"words": sys.argv, "environment": dict(os.environ), "files": {{}}}}
with open("/proc/self/cmdline") as file:
    found["cmdline"] = file.read()
for name in ("PGSERVICEFILE", "PGPASSFILE"):
    if name in os.environ:
        is_ = os.stat(os.environ[name])
        with open(os.environ[name]) as file:
            text = file.read()
        found["files"][name] = [text, stat.S_ISREG(is_.st_mode), is_.st_mode & 0o777, is_.st_nlink]
os.umask(found.setdefault("umask", os.umask(0)))
with open({told!r}, "w") as file:
    json.dump(found, file)
"""

PASSWORD = "pä:s\\s w@r/d%?#&=+' "
QUOTED = "p%C3%A4%3As%5Cs%20w%40r%2Fd%25%3F%23%26%3D%2B%27%20"


@pytest.fixture
def spy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that writes down what it was told, in place of PostgreSQL's."""
    program, said = tmp_path / "pg_spy", tmp_path / "said.json"
    program.write_text(SPY.format(python=sys.executable, told=str(said)))
    program.chmod(0o755)
    monkeypatch.setattr(programs, "_program", lambda *_: program)
    return said


async def seen(spy: Path, dsn: str) -> Any:
    await programs.run("pg_dump", ["--verbose"], 16, dsn)
    return json.loads(spy.read_text())


async def test_neither_words_nor_environment_say_a_secret(
    spy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "another")
    found = await seen(
        spy, f"postgresql://ann:{QUOTED}@db.example:5433/shop?sslmode=require&sslpassword=keyword"
    )
    environment = {
        name: value for name, value in found["environment"].items() if name != "DATABASE_URL"
    }
    plain = json.dumps([found["words"], found["cmdline"], environment], ensure_ascii=False)
    for secret in (PASSWORD, QUOTED, "keyword", "db.example", "another"):
        assert secret not in plain, secret
    assert found["words"][1:] == ["--verbose"]
    for text, regular, mode, names in found["files"].values():
        assert (regular, mode, names) == (True, 0o600, 0), text
    assert found["umask"] == 0o077
    service = found["files"]["PGSERVICEFILE"][0].splitlines()
    assert service == ["[counterfoil]", "host=db.example", "port=5433", "dbname=shop", "user=ann",
                       "sslmode=require", "sslpassword=keyword"]  # fmt: skip
    escaped = PASSWORD.replace("\\", "\\\\").replace(":", "\\:")
    assert found["files"]["PGPASSFILE"][0] == f"*:*:*:*:{escaped}\n"


async def test_without_a_password_the_account_s_own_file_holds(
    spy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", "mine")
    found = await seen(spy, "postgresql://ann@/shop?host=/run/postgresql")
    assert found["environment"]["PGPASSWORD"] == "mine"
    assert list(found["files"]) == ["PGSERVICEFILE"]


@pytest.mark.parametrize(
    ("dsn", "expected"),
    [
        ("postgresql://localhost/shop", {"host": "localhost", "dbname": "shop"}),
        ("postgres://h/", {"host": "h"}),
        ("postgresql:///shop?host=/tmp/a%20b&port=5433",
         {"host": "/tmp/a b", "port": "5433", "dbname": "shop"}),
        ("postgresql://%2Frun%2Fpostgresql/shop", {"host": "/run/postgresql", "dbname": "shop"}),
        ("postgresql://a@[::1]:54/s", {"host": "::1", "port": "54", "dbname": "s", "user": "a"}),
        ("postgresql://h1:1,h2:2/s?target_session_attrs=read-write",
         {"host": "h1,h2", "port": "1,2", "dbname": "s", "target_session_attrs": "read-write"}),
        ("postgresql://u%40x:p%3Aq@h/s%2Ft",
         {"host": "h", "dbname": "s/t", "user": "u@x", "password": "p:q"}),
        ("postgresql://h/s?user=u&password=p",
         {"host": "h", "dbname": "s", "user": "u", "password": "p"}),
    ],
)  # fmt: skip
def test_an_address_is_read_part_by_part(dsn: str, expected: dict[str, str]) -> None:
    assert programs._parameters(dsn) == expected


def test_a_line_break_is_refused_and_not_quoted() -> None:
    with pytest.raises(Misconfigured) as caught:
        programs.told("postgresql://a:se%0Acret@h/s")
    assert "cret" not in str(caught.value)


@given(st.text(st.characters(exclude_characters="\n\r\0", exclude_categories=["Cs"]), min_size=1))
def test_whatever_the_password_the_service_file_is_without_it(password: str) -> None:
    files = programs.told(f"postgresql://a:{quote(password, safe='')}@h/s")
    assert files["PGSERVICEFILE"] == "[counterfoil]\nhost=h\ndbname=s\nuser=a\n"
    assert (
        files["PGPASSFILE"].removesuffix("\n").replace("\\:", ":").replace("\\\\", "\\")
        == f"*:*:*:*:{password}"
    )


@pytest.fixture
async def secretive(quick_place: Path) -> AsyncIterator[str]:
    """A server of its own that asks the account `secretive` for its password; its address."""
    folder = Path(tempfile.mkdtemp(prefix="counterfoil-programs-", dir=quick_place))
    folder.chmod(0o755)
    server = await Server.start(folder, fast=True)
    try:
        door = await asyncpg.connect(server.dsn)
        rules = Path(await door.fetchval("show hba_file"))
        quoted = PASSWORD.replace("'", "''")
        await door.execute("set password_encryption = 'scram-sha-256'")
        await door.execute(f"create role secretive superuser login password '{quoted}'")
        before = rules.read_text()
        rules.write_text(f"local all secretive scram-sha-256\n{before}")
        await door.execute("select pg_reload_conf()")
        await door.close()
        yield server.dsn.replace("counterfoil@", f"secretive:{QUOTED}@", 1)
    finally:
        await server.erase()
        shutil.rmtree(folder, ignore_errors=True)


async def test_the_real_programs_sign_in_with_it(secretive: str, tmp_path: Path) -> None:
    door = await asyncpg.connect(secretive)
    major = door.get_server_version().major
    await door.close()
    script = tmp_path / "script.sql"
    script.write_text("select current_user;")
    words = ["--no-psqlrc", "--no-password", f"--output={tmp_path / 'out'}", f"--file={script}"]
    await programs.run("psql", words, major, secretive)
    assert "secretive" in (tmp_path / "out").read_text()
    assert (tmp_path / "out").stat().st_mode & 0o777 == 0o600
    wrong = secretive.replace(QUOTED, "wrong")
    with pytest.raises(Misconfigured, match="password authentication failed"):
        await programs.run("psql", words, major, wrong)
