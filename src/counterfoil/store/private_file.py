"""Private files: whole or not there at all, and readable by this account alone."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_beside(file: Path, body: bytes) -> Generator[Path]:
    """A part that holds all of `body` on disk, beside `file`; what has not taken that name by the
    end of the block is gone. Raises `OSError` where nothing can be written there."""
    part = file.with_name(f"{file.name}.{os.getpid()}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as open_file:
            open_file.write(body)
            open_file.flush()
            os.fsync(open_file.fileno())
        yield part
    finally:
        part.unlink(missing_ok=True)
