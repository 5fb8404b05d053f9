"""Kept beside the key file: what must be known still where the database is put back from a copy.

A copy is older than what was erased since. So who was erased stands in a file too, by marks that
tell nobody's name, with the sealed data key that makes them.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from counterfoil.store.private_file import written_beside
from counterfoil.values.errors import Misconfigured


class Erased(msgspec.Struct, frozen=True):
    """One erasure: when (ISO 8601), by whom, why, of which classes of data, and of whom: marks of
    people (hexadecimal), and of documents that were erased by their age."""

    id: str
    asked_at: str
    by: str
    why: str
    classes: tuple[str, ...]
    people: tuple[str, ...]
    documents: tuple[int, ...] = ()


class Outlives(msgspec.Struct, frozen=True):
    """What outlives the database: its data key, sealed (hexadecimal), and every erasure."""

    data_key: str = ""
    erasures: tuple[Erased, ...] = ()


def place(key_file: Path) -> Path:
    """Where it lies."""
    return key_file.with_name("erasures.json")


def read(key_file: Path) -> Outlives:
    """What lies beside the key file. Raises `Misconfigured` where it cannot be understood."""
    file = place(key_file)
    try:
        return msgspec.json.decode(file.read_bytes(), type=Outlives)
    except FileNotFoundError:
        return Outlives()
    except (OSError, msgspec.DecodeError) as error:
        raise Misconfigured(
            f"{file} cannot be read: {str(error).rstrip('.')}.",
            do="Put it back as it was: it says who was erased, and no copy of the database does.",
            where=str(file),
        ) from None


def write(key_file: Path, outlives: Outlives) -> None:
    """Let it say so, whole or not at all."""
    file = place(key_file)
    body = msgspec.json.format(msgspec.json.encode(outlives)) + b"\n"
    with written_beside(file, body) as part:
        part.replace(file)
