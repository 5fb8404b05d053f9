"""Opening: the project that a command is for, and who asks; and the desk with the logs arranged."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from counterfoil.config import Config, load
from counterfoil.surfaces.cli import logs
from counterfoil.surfaces.cli.person import who
from counterfoil.surfaces.cli.say import Say
from counterfoil.surfaces.desk import opening
from counterfoil.surfaces.desk.opening import Asker, StaffedDesk
from counterfoil.values.errors import Misconfigured
from counterfoil.values.ids import RecordId


def project(say: Say, flags: Mapping[tuple[str, ...], Any] | None = None) -> Config:
    """The configuration of the project folder."""
    config = load(say.flags.project.resolve(), flags=flags)
    if "DATABASE_URL" in config.environment:  # perhaps a laptop's .env says so
        os.environ.setdefault("DATABASE_URL", config.environment["DATABASE_URL"])
    return config


def asker(say: Say) -> Asker:
    """Whoever sits at this terminal, asking of the project folder."""
    return Asker(project(say), say.clock, who())


@asynccontextmanager
async def staffed(
    say: Say, role: str = "cli", *, config: Config | None = None
) -> AsyncGenerator[StaffedDesk]:
    """The desk with the house behind it; by `config` where the command has one already."""
    config = config or project(say)
    logs.arrange(say.flags)
    async with opening.staffed(Asker(config, say.clock, who()), role) as desk:
        yield desk


def record_number(text: str) -> RecordId:
    """The record that a number names. Raises `Misconfigured` where it is no number."""
    if not (text.isascii() and text.isdecimal()) or len(text) > 18:
        raise Misconfigured(
            f"{text[:40]!r} is no record number.",
            do="`counterfoil hold list` and `counterfoil search` show them.",
        )
    return RecordId(int(text))
