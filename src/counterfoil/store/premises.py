"""Where our private PostgreSQL keeps its files, and as whom it runs.

PostgreSQL refuses to run as root. Run by root it therefore runs as another account of the system,
and its files lie where that account can reach them.
"""

from __future__ import annotations

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec

from counterfoil.values.errors import Misconfigured

SHARED = Path("/var/lib/counterfoil")
"""What root's servers use where the project's own folder is closed to their account."""

_ACCOUNTS = ("postgres", "nobody")
_COMMAND_LIMIT_S = 600


class Account(msgspec.Struct, frozen=True):
    """An account of the system that is not our own."""

    name: str
    uid: int
    gid: int

    def enters(self, folder: Path) -> bool:
        """Whether the account may pass through `folder` and everything above it."""
        return all(self._passes(step.stat()) for step in (folder, *folder.parents))

    def _passes(self, found: os.stat_result) -> bool:
        if found.st_uid == self.uid:
            return bool(found.st_mode & stat.S_IXUSR)
        return bool(found.st_mode & (stat.S_IXGRP if found.st_gid == self.gid else stat.S_IXOTH))


class Premises(msgspec.Struct, frozen=True):
    """The folders of one server; `account` is None where it runs as ourselves."""

    home: Path
    account: Account | None

    @property
    def data(self) -> Path:
        """PostgreSQL's data directory."""
        return self.home / "data"

    @property
    def log(self) -> Path:
        """What the server says."""
        return self.home / "server.log"

    @property
    def lock(self) -> Path:
        """The file that whoever starts or stops the server holds."""
        return self.home / "lock"

    @property
    def users(self) -> Path:
        """The file that everybody who uses the server holds, so that the last one is known."""
        return self.home / "users"

    @property
    def sockets(self) -> Path:
        """The folder of the server's socket: short, for a socket's path has 107 characters."""
        return Path("/tmp") / f"counterfoil-{_short(self.home)}"  # noqa: S108 - see `open_sockets`

    @property
    def door(self) -> Path:
        """The socket itself."""
        return self.sockets / ".s.PGSQL.5432"

    def open(self) -> None:
        """Make the home folder, closed to everybody else."""
        if self.home.parent == SHARED:
            share()
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.give(self.home)

    def open_sockets(self) -> None:
        """Make the socket's folder. Raises `Misconfigured` where it is somebody else's."""
        try:
            self.sockets.mkdir(mode=0o700)
        except FileExistsError:
            pass
        else:
            self.give(self.sockets)
        status = self.sockets.lstat()
        owner = self.account.uid if self.account else os.geteuid()
        if status.st_uid != owner or status.st_mode != stat.S_IFDIR | stat.S_IRWXU:
            raise Misconfigured(
                f"{self.sockets} is not the folder that our PostgreSQL made.",
                do="Remove it, or set DATABASE_URL.",
            )

    def clear_sockets(self) -> None:
        """Remove the socket of a server that has ended, and its lock with the old process id."""
        for file in self.sockets.iterdir():
            file.unlink()

    def give(self, file: Path) -> None:
        """Hand `file` to the account that the server runs as."""
        if self.account:
            os.chown(file, self.account.uid, self.account.gid)

    def run(self, words: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run one program as the server's account, with nothing of our environment."""
        return run(words, self.account)


def run(words: Sequence[str | Path], account: Account | None) -> subprocess.CompletedProcess[str]:
    """Run a program to its end as `account` (None: ourselves) and return what it said.

    Our environment is kept from it: a PGOPTIONS or a locale of ours must not change the server.
    """
    return subprocess.run(
        [str(word) for word in words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"},
        timeout=_COMMAND_LIMIT_S,
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=() if account else None,
    )


def settle(folder: Path) -> Premises:
    """The premises of the server that belongs to `folder`.

    Files that are there already decide; the account is then their owner.
    Raises `Misconfigured` where they belong to an account that is not ours to act for.
    """
    near, far = folder.resolve() / "postgres", SHARED / _short(folder.resolve())
    for home in (near, far):
        if home.exists():
            return Premises(home, _owner(home))
    if os.geteuid() != 0:
        return Premises(near, None)
    account = _service()
    folder.mkdir(parents=True, exist_ok=True)
    return Premises(near if account.enters(folder.resolve()) else far, account)


def share() -> None:
    """Make the folder that every account may pass through, whatever our own mask says."""
    SHARED.mkdir(parents=True, exist_ok=True)
    SHARED.chmod(0o755)


def tidy() -> None:
    """Remove the folder that root's servers share, where none is left and none runs from it."""
    if os.geteuid() != 0 or not SHARED.is_dir():
        return
    programs = list(SHARED.glob("bin-*"))
    if {*SHARED.iterdir()} == {*programs} and not _running(SHARED):
        for program in programs:
            shutil.rmtree(program, ignore_errors=True)
        with suppress(OSError):  # somebody came meanwhile
            SHARED.rmdir()


def _running(folder: Path) -> bool:
    """Whether a process runs a program that lies in `folder`."""
    for entry in Path("/proc").iterdir():
        with suppress(OSError):  # it ended, or is the kernel's
            if entry.name.isdecimal() and Path(os.readlink(entry / "exe")).is_relative_to(folder):
                return True
    return False


def _owner(home: Path) -> Account | None:
    uid = home.stat().st_uid
    if uid == os.geteuid() != 0:
        return None
    if os.geteuid() != 0:
        raise Misconfigured(
            f"The database in {home} belongs to another account of this machine.",
            do="Run this as root or as that account, or set DATABASE_URL.",
            where=str(home),
        )
    return _account(pwd.getpwuid(uid)) if uid else _service()


def _service() -> Account:
    """The account that root's servers run as. Raises `Misconfigured` where there is none."""
    entries = {entry.pw_name: entry for entry in pwd.getpwall()}
    for name in _ACCOUNTS:
        if name in entries:
            return _account(entries[name])
    raise Misconfigured(
        "PostgreSQL does not run as root, and this machine has no account 'postgres' or 'nobody'.",
        do="Run this as another user, or set DATABASE_URL.",
    )


def _account(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def _short(path: Path) -> str:
    return sha256(str(path).encode()).hexdigest()[:12]
