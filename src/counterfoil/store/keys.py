"""Keys: what an estate seals, and by what it knows a person without keeping a name.

Envelope keys: a master key lies in a file and never in the database; a data key lies in the
database, sealed by it. Another master key seals the data key anew, and nothing else is rewritten.
"""

from __future__ import annotations

import base64
import hmac
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from counterfoil.store import kept_beside
from counterfoil.store.postgres import Database, Executor
from counterfoil.store.private_file import written_beside
from counterfoil.store.query import Query
from counterfoil.values.clock import Clock
from counterfoil.values.deferred import Deferred
from counterfoil.values.errors import Misconfigured

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers import aead
else:
    aead = Deferred("cryptography.hazmat.primitives.ciphers.aead")

_BYTES = 32
_NONCE = 12
_SEALED = "sealed:1:"
"""How a sealed text begins; what does not is of a time before anything was sealed."""
_DATA_KEY = b"data key"


class _Row(NamedTuple):
    sealed: bytes


_KEPT = Query("data_key", _Row)


class Keys:
    """An estate's data key: seals texts, and marks people. Never shown."""

    def __init__(self, data_key: bytes) -> None:
        self.data_key = data_key
        self._sealing = hmac.digest(data_key, b"seal", "sha256")
        self._marking = hmac.digest(data_key, b"mark", "sha256")

    def __repr__(self) -> str:
        return "Keys()"

    def seal(self, text: str, about: str) -> str:
        """`text` so that only these keys read it, and only as what it is `about`."""
        if not text:
            return ""
        sealed = _seal(self._sealing, text.encode(), about.encode())
        return _SEALED + base64.b64encode(sealed).decode()

    def read(self, sealed: str, about: str) -> str:
        """What was sealed so; a text of before anything was sealed is as it is.

        Raises `Misconfigured` (code "other-key") where other keys sealed it.
        """
        if not sealed.startswith(_SEALED):
            return sealed
        body = base64.b64decode(sealed.removeprefix(_SEALED))
        text = _unsealed(self._sealing, body, about.encode())
        if text is None:
            raise _other(Path("the key file"))
        return text.decode()

    def mark(self, identity: str) -> bytes:
        """By what a person is known again of whom nothing is kept: 32 bytes that nobody can make,
        or undo by trying, without the key."""
        return hmac.digest(self._marking, identity.encode(), "sha256")


def sealed_already(text: str) -> bool:
    """Whether a text is sealed."""
    return not text or text.startswith(_SEALED)


async def keys(database: Database, file: Path, clock: Clock) -> Keys:
    """The estate's keys, by the master key in `file`; both are made where there are none yet.

    Raises `Misconfigured`: code "no-key" where the file is not there and the database has a data
    key, "other-key" where it is not the file by which that was sealed.
    """
    database_key = await _kept(database)
    _finish(file, database_key)
    outlives = kept_beside.read(file)
    choices = [sealed for sealed in (database_key, bytes.fromhex(outlives.data_key)) if sealed]
    master = _master(file, make=not choices)
    if not choices:
        choices = [await _made(database, master, clock)]
    opened = ((sealed, _unsealed(master, sealed, _DATA_KEY)) for sealed in choices)
    sealed, data_key = next((pair for pair in opened if pair[1] is not None), (b"", None))
    if data_key is None:
        raise _other(file)
    if sealed != database_key:  # a copy of the database that is older than the key
        await database.run("replace_data_key", sealed, clock.now().to_stdlib())
    if sealed.hex() != outlives.data_key:
        kept_beside.write(file, msgspec.structs.replace(outlives, data_key=sealed.hex()))
    return Keys(data_key)


async def _made(database: Database, master: bytes, clock: Clock) -> bytes:
    """A new data key, sealed; that of another process where it was quicker."""
    sealed = _seal(master, secrets.token_bytes(_BYTES), _DATA_KEY)
    await database.run("keep_data_key", sealed, clock.now().to_stdlib())
    database_key = await _kept(database)
    assert database_key is not None, "whoever was quicker, one is kept"
    return database_key


async def made(db: Executor) -> bool:
    """Whether the database has a data key."""
    return await _kept(db) is not None


async def rotate(database: Database, file: Path, clock: Clock) -> None:
    """Another master key, which seals the same data key from now on. Raises what `keys` raises.

    The new key is on disk before the database needs it, and the old one stays until it does not: a
    death in between leaves both, and the next to ask takes the right one.
    """
    estate_keys = await keys(database, file, clock)
    new = secrets.token_bytes(_BYTES)
    fresh = _beside(file)
    fresh.unlink(missing_ok=True)
    _write(fresh, new)
    sealed = _seal(new, estate_keys.data_key, _DATA_KEY)
    await database.run("replace_data_key", sealed, clock.now().to_stdlib())
    fresh.replace(file)
    await keys(database, file, clock)


async def begin_anew(database: Database, file: Path, clock: Clock) -> None:
    """Where the key file is lost for good: another master key and another data key. What the old
    one sealed is let go (sign-ins that rotate), and whom it marked nobody knows again."""
    async with database.transaction() as unit:
        await unit.run("forget_data_key")
        await unit.run("forget_tokens")
    _put_aside(file)
    kept_beside.write(file, msgspec.structs.replace(kept_beside.read(file), data_key=""))
    await keys(database, file, clock)


def _put_aside(file: Path) -> None:
    if file.exists():
        file.replace(file.with_name(file.name + ".lost"))


async def _kept(db: Executor) -> bytes | None:
    row = await _KEPT.first(db)
    return row.sealed if row is not None else None


def _beside(file: Path) -> Path:
    return file.with_name(file.name + ".new")


def _finish(file: Path, database_key: bytes | None) -> None:
    """Take the new file where a rotation died after the database had gone over to it, else drop
    it."""
    fresh = _beside(file)
    if database_key is None or not fresh.exists():
        return
    if _unsealed(_master(fresh, make=False), database_key, _DATA_KEY) is not None:
        fresh.replace(file)


def _master(file: Path, *, make: bool) -> bytes:
    """The master key in a file. Raises `Misconfigured`."""
    if make and not file.exists():
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileExistsError):
            _write(file, secrets.token_bytes(_BYTES))
    try:
        text = file.read_text("ascii").strip()
        key = base64.b64decode(text, validate=True)
    except FileNotFoundError:
        raise Misconfigured(
            f"The key file {file} is not here, and this database was sealed with it.",
            do="Copy it from the machine or the safe where it lies. Where it is lost for good:"
            " `counterfoil privacy rotate --lost`, and sign in by hand to what signs in so.",
            where=str(file),
            code="no-key",
        ) from None
    except (OSError, ValueError):
        key = b""
    if len(key) != _BYTES:
        raise Misconfigured(
            f"The key file {file} cannot be read by this account, or holds no key.",
            do="Let this account read it, or put it back as it was.",
            where=str(file),
            code="no-key",
        )
    return key


def _write(file: Path, key: bytes) -> None:
    """Write a key that only this account can read, whole or not at all; never over another."""
    with written_beside(file, base64.b64encode(key) + b"\n") as part:
        os.link(part, file)


def _seal(key: bytes, body: bytes, about: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE)
    return nonce + aead.AESGCM(key).encrypt(nonce, body, about)


def _unsealed(key: bytes, sealed: bytes, about: bytes) -> bytes | None:
    """What was sealed; None where another key did it, or it was changed."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415

    try:
        return aead.AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about)
    except InvalidTag:
        return None


def _other(file: Path) -> Misconfigured:
    return Misconfigured(
        f"The key in {file} is not the one that this database was sealed with.",
        do="Put back the key file that belongs to it: from the machine that made it, or from beside"
        " the backup.",
        where=str(file),
        code="other-key",
    )
