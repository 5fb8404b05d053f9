"""Verify a close pack: which byte of it is not as it was sealed, if any.

This file needs Python and nothing else, and stands in every pack, so that an auditor can check a
pack alone: python3 verify_pack.py PACK.zip [HEAD]. HEAD is what the house told when it was made; a
pack that somebody made anew from other figures has another one.
"""

from __future__ import annotations

import hashlib
import json
import struct
import sys
import zlib
from collections.abc import Mapping

SEAL = "seal.json"
FORMAT = "counterfoil.close-pack/1"

_LOCAL = struct.Struct("<4s5H3I2H")
_ENTRY = struct.Struct("<4s6H3I5H2I")
_END = struct.Struct("<4s4H2IH")
_UTF8, _FIRST_DAY = 0x800, 33  # names are UTF-8; every file is of 1 January 1980


class Broken(Exception):
    """What is not as it was sealed, in one sentence."""


def sealed(files: Mapping[str, bytes]) -> bytes:
    """The pack of `files`: one archive with its seal, the same for the same files."""
    return archive({**files, SEAL: _seal(files)})


def head(pack: bytes) -> str:
    """The one digest that stands for the whole pack, in hexadecimal."""
    return str(json.loads(contents(pack)[SEAL])["head"])


def verify(pack: bytes, expected: str = "") -> str:
    """The head of a pack that is as it was sealed. Raises `Broken` with what is not."""
    files = contents(pack)
    if SEAL not in files:
        raise Broken("The pack has no seal.json: it is no close pack, or the seal was taken out.")
    others = {name: content for name, content in files.items() if name != SEAL}
    _check_files(others, _told(files[SEAL]))
    if files[SEAL] != _seal(others):
        raise Broken("seal.json is not as it was written.")
    _check_bytes(pack, archive(files), list(files))
    found = head(pack)
    if expected and found != expected.strip().lower():
        raise Broken(
            f"The pack is whole, and is another one: its head is {found}, and {expected} was told."
        )
    return found


def archive(files: Mapping[str, bytes]) -> bytes:
    """A zip archive in which nothing is compressed and no clock and no machine leaves a trace."""
    body, directory = bytearray(), bytearray()
    for name, content in files.items():
        spelt, check = name.encode(), zlib.crc32(content)
        facts = (_UTF8, 0, 0, _FIRST_DAY, check, len(content), len(content), len(spelt))
        directory += _ENTRY.pack(
            b"PK\1\2", 20 | 3 << 8, 20, *facts, 0, 0, 0, 0, 0o100644 << 16, len(body)
        )
        directory += spelt
        body += _LOCAL.pack(b"PK\3\4", 20, *facts, 0) + spelt + content
    count = len(files)
    end = _END.pack(b"PK\5\6", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + end)


def contents(pack: bytes) -> dict[str, bytes]:
    """The files of an archive that `archive` made, in their order. Raises `Broken`."""
    files: dict[str, bytes] = {}
    place = 0
    while pack[place : place + 4] == b"PK\3\4":
        try:
            fields = _LOCAL.unpack_from(pack, place)
            start = place + _LOCAL.size
            name = pack[start : start + fields[9]].decode()
        except (struct.error, UnicodeDecodeError):
            raise Broken(f"The header at byte {place} is damaged.") from None
        content = pack[start + fields[9] : start + fields[9] + fields[8]]
        if len(content) != fields[8] or name in files:
            raise Broken(f"The header of {name!r} at byte {place} is damaged, or the pack is cut.")
        files[name] = content
        place = start + fields[9] + fields[8]
    if pack[place : place + 4] != b"PK\1\2":
        raise Broken(f"Byte {place} begins neither a file nor the directory of the pack.")
    return files


def _seal(files: Mapping[str, bytes]) -> bytes:
    """The seal: a line for each file, whose digest covers the line before it."""
    lines: list[dict[str, object]] = []
    chain = ""
    for name, content in files.items():
        digest = hashlib.sha256(content).hexdigest()
        chain = hashlib.sha256(f"{chain}\n{name}\n{len(content)}\n{digest}".encode()).hexdigest()
        lines.append({"name": name, "bytes": len(content), "sha256": digest, "chain": chain})
    told = {"format": FORMAT, "files": lines, "head": chain}
    return json.dumps(told, indent=1, ensure_ascii=False).encode() + b"\n"


def _told(seal: bytes) -> dict[str, str]:
    """By name the digests that a seal tells."""
    try:
        return {str(line["name"]): str(line["sha256"]) for line in json.loads(seal)["files"]}
    except (ValueError, KeyError, TypeError):
        raise Broken("seal.json cannot be read: it is not as it was written.") from None


def _check_files(files: Mapping[str, bytes], told: Mapping[str, str]) -> None:
    for name, content in files.items():
        if name not in told:
            raise Broken(f"{name!r} is not in the seal: it was added or renamed, or seal.json was.")
        if hashlib.sha256(content).hexdigest() != told[name]:
            raise Broken(f"{name!r} is not as it was sealed, or seal.json is not.")
    if missing := sorted(set(told) - set(files)):
        raise Broken(f"{missing[0]!r} is in the seal and not in the pack.")


def _check_bytes(pack: bytes, expected: bytes, names: list[str]) -> None:
    """Whether the archive around the files is as it was made, to the last byte."""
    if pack == expected:
        return
    pairs = zip(pack, expected, strict=False)
    differing = (place for place, (ours, theirs) in enumerate(pairs) if ours != theirs)
    place = next(differing, min(len(pack), len(expected)))
    start = 0
    for name in names:
        size = _LOCAL.size + len(name.encode()) + _LOCAL.unpack_from(expected, start)[8]
        if place < start + size:
            raise Broken(f"Byte {place} is not as it was sealed: it is in the header of {name!r}.")
        start += size
    raise Broken(f"Byte {place} is not as it was sealed: it is in the directory of the pack.")


def main(words: list[str]) -> int:
    """Verify the pack that the words name, and say what came of it."""
    if not 1 <= len(words) <= 2:
        sys.stderr.write("Use it so: python3 verify_pack.py PACK.zip [HEAD]\n")
        return 2
    try:
        with open(words[0], "rb") as file:
            found = verify(file.read(), *words[1:])
    except OSError as error:
        sys.stderr.write(f"{words[0]} cannot be read: {error.strerror}\n")
        return 2
    except Broken as broken:
        sys.stderr.write(f"{words[0]}: {broken}\n")
        return 7
    sys.stdout.write(f"{words[0]} is as it was sealed. Its head is {found}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
