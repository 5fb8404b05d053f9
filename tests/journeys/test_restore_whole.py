"""A copy is put back together with what must be known of it, or the database stays as it is."""

from __future__ import annotations

from pathlib import Path

import asyncpg
import pytest

from counterfoil.store import programs
from counterfoil.surfaces.desk.database import _restore
from counterfoil.values.errors import Misconfigured


async def test_a_copy_whose_doubt_cannot_be_kept_changes_nothing(
    database: str, tmp_path: Path
) -> None:
    door = await asyncpg.connect(database)
    try:
        await door.execute("create table told (said text); insert into told values ('before')")
        major, copy = door.get_server_version().major, tmp_path / "copy.dump"
        await programs.run("pg_dump", ["--format=custom", f"--file={copy}"], major, database)
        await door.execute("insert into told values ('since')")
        with pytest.raises(Misconfigured, match="psql failed"):
            await _restore(copy, "select 1 / 0;", database, major)
        assert await door.fetchval("select count(*) from told") == 2
        await _restore(copy, "insert into public.told values ('restored');", database, major)
        said = [row["said"] for row in await door.fetch("select said from told order by said")]
        assert said == ["before", "restored"]
    finally:
        await door.close()
