"""A watched folder: which of its files are whole, and which were taken.

A file is known by its content, so that a copy or another name is nothing new. Nothing is written
into the folder, and nothing in it is moved: what cannot be read stays where a person looks for it.
"""

from __future__ import annotations

import hashlib
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import unquote, urlsplit

from counterfoil.kit.api.recent import Recent
from counterfoil.values.clock import Clock, Instant, later
from counterfoil.values.errors import Misconfigured

_BLOCK: Final = 1 << 20
_REMEMBERED: Final = 10_000  # files, by name, size and moment of change
_OLDEST: Final = Instant.from_utc(2000, 1, 1)  # archives date files as they like
_UNFINISHED: Final = (".part", ".tmp", ".partial", ".crdownload", ".filepart", "~")


class File(NamedTuple):
    """One file that is whole: where it is, the digest of its content, and when it was changed."""

    path: Path
    digest: str
    changed: Instant


class Folder:
    """The files of one folder whose names fit `pattern`.

    One that was changed less than `settle_s` seconds ago may still be written: it waits, and so
    does one whose name says so.
    """

    def __init__(self, url: str, pattern: str, settle_s: float, clock: Clock) -> None:
        self.path = Path(unquote(urlsplit(url).path))
        self._pattern = pattern
        self._settle_s = settle_s
        self._clock = clock
        self._digests: Recent[str] = Recent(_REMEMBERED)

    def whole(self) -> list[File]:
        """The files that are whole, the oldest first; of equal content the oldest only.

        Raises `Misconfigured` where there is no such folder.
        """
        settled = later(self._clock.now(), -self._settle_s)
        by_digest: dict[str, File] = {}
        for path in sorted(self._named()):
            try:
                stat = path.stat()
                changed = max(Instant.from_timestamp(stat.st_mtime_ns, unit="nanosecond"), _OLDEST)
                if changed > settled or not stat.st_size:
                    continue
                mark = f"{path.name}\0{stat.st_size}\0{stat.st_mtime_ns}".encode()
                content = self._digests.get(mark) or _digest(path)
            except FileNotFoundError:  # taken away meanwhile
                continue
            self._digests.keep(mark, content)
            first = by_digest.get(content)
            if first is None or changed < first.changed:
                by_digest[content] = File(path, content, changed)
        return sorted(by_digest.values(), key=lambda file: (file.changed, file.path.name))

    def _named(self) -> list[Path]:
        try:
            return [
                path
                for path in self.path.iterdir()
                if fnmatchcase(path.name, self._pattern)
                and not path.name.startswith((".", "~"))
                and not path.name.lower().endswith(_UNFINISHED)
                and path.is_file()
            ]
        except OSError as error:
            raise Misconfigured(
                f"The folder {self.path} cannot be read ({error.strerror}).",
                do="Make it, or name another one in the url of this connection.",
                where=str(self.path),
            ) from None


def _digest(path: Path) -> str:
    """The digest of a file's content, as 32 hexadecimal digits."""
    counted = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            counted.update(block)
    return counted.hexdigest()[:32]
