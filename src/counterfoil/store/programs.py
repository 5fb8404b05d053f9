"""PostgreSQL's own client programs, run on the house's database without a secret in plain sight.

Everybody on a machine can read a program's words, and its own account its environment. So the
address goes by a service file and the password by a password file; both are files without a name,
handed over open, which nobody else can read and which are gone with us whatever ends us. What a
program writes is closed to everybody else from its first byte.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryFile
from urllib.parse import parse_qsl, unquote, urlsplit

from counterfoil.store import binaries
from counterfoil.values.errors import Misconfigured

_SERVICE = "counterfoil"


async def run(name: str, words: Sequence[str], server_major: int, dsn: str = "") -> None:
    """Run the program `name` to its end, on the database `dsn` where one is given.

    Raises `Misconfigured` where it is not on this machine or ends with a complaint.
    """
    program = await asyncio.to_thread(_program, name, server_major)
    ended = await asyncio.to_thread(_run, [str(program), *words], told(dsn) if dsn else {})
    if ended.returncode:
        raise Misconfigured(
            f"{name} failed: {_complaint(ended.stderr)}.",
            do="Nothing was changed; see what it says.",
            where=str(program),
        )


def _complaint(said: str) -> str:
    """The last thing that a program said, but for where it had the password from."""
    lines = [line for line in said.strip().splitlines() if not line.startswith("password retr")]
    return lines[-1].rstrip(".") if lines else "it said nothing"


def told(dsn: str) -> dict[str, str]:
    """What PostgreSQL's programs must know of an address: texts of files, by the variable of each.

    Raises `Misconfigured` where a part of it has a line break, which no such file can say.
    """
    settings = _parameters(dsn)
    if any("\n" in value or "\r" in value for value in settings.values()):
        raise Misconfigured("DATABASE_URL has a line break in it.", where="DATABASE_URL")
    password = settings.pop("password", "")
    service = "".join(f"{name}={value}\n" for name, value in settings.items())
    files = {"PGSERVICEFILE": f"[{_SERVICE}]\n{service}"}
    if password:
        escaped = password.replace("\\", "\\\\").replace(":", "\\:")
        files["PGPASSFILE"] = f"*:*:*:*:{escaped}\n"
    return files


def _parameters(dsn: str) -> dict[str, str]:
    """The address, part by part, as the driver of our own connections reads it."""
    address = urlsplit(dsn)
    account, _, places = address.netloc.rpartition("@")
    user, _, password = account.partition(":")
    hosts, ports = zip(*map(_place, places.split(",")), strict=True)
    parts = {
        "host": ",".join(hosts) if any(hosts) else "",
        "port": ",".join(ports) if any(ports) else "",
        "dbname": unquote(address.path[1:]),
        "user": unquote(user),
        "password": unquote(password),
        **dict(parse_qsl(address.query)),
    }
    return {name: value for name, value in parts.items() if value}


def _place(text: str) -> tuple[str, str]:
    """A host and its port, either of them perhaps empty."""
    bracketed, end, after = text.rpartition("]")
    if end:
        return bracketed.removeprefix("["), after.removeprefix(":")
    host, _, port = text.partition(":")
    return unquote(host), port


def _run(words: Sequence[str], files: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    environment = dict(os.environ)
    if files:
        environment["PGSERVICE"] = _SERVICE
    if "PGPASSFILE" in files:
        environment.pop("PGPASSWORD", None)  # it would go before the file
    with ExitStack() as stack:
        handles: list[int] = []
        for variable, text in files.items():
            file = stack.enter_context(TemporaryFile(buffering=0))
            file.write(text.encode())
            handles.append(file.fileno())
            environment[variable] = f"/proc/self/fd/{file.fileno()}"
        return subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            pass_fds=handles,
            umask=0o077,
        )


def _program(name: str, server_major: int) -> Path:
    """PostgreSQL's program beside the server's own; it must be as new as the server."""
    installed = binaries.find(None, server_major) or binaries.find(None)
    beside = installed.program(name) if installed else None
    if beside is not None and beside.exists():
        return beside
    on_path = shutil.which(name)
    if on_path is None:
        raise Misconfigured(
            f"PostgreSQL's program {name} is not on this machine.",
            do="Install PostgreSQL's client programs with this machine's packages.",
        )
    return Path(on_path)
