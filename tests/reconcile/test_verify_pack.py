"""A close pack is verified by a script of the standard library, to the byte."""

from __future__ import annotations

import io
import random
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import pytest

from counterfoil.reconcile import verify_pack
from counterfoil.reconcile.verify_pack import Broken, archive, head, sealed, verify

FILES = {"close.json": b'{"period": "2026-11"}', "tie-outs.csv": "route,£\n".encode(), "empty": b""}
PACK = sealed(FILES)


def test_a_pack_is_as_it_was_sealed() -> None:
    assert verify(PACK) == verify(PACK, head(PACK)) == head(PACK)
    assert sealed(FILES) == PACK


def test_every_archiver_opens_it() -> None:
    with zipfile.ZipFile(io.BytesIO(PACK)) as opened:
        assert opened.testzip() is None
        assert opened.namelist() == [*FILES, "seal.json"]
        assert opened.read("tie-outs.csv") == FILES["tie-outs.csv"]


def test_every_flipped_byte_is_named() -> None:
    for place in range(len(PACK)):
        for bit in (0x01, 0x20, 0x80):
            flipped = bytearray(PACK)
            flipped[place] ^= bit
            with pytest.raises(Broken) as caught:
                verify(bytes(flipped))
            assert any(word in str(caught.value) for word in ("yte", "seal", *FILES)), place


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_was_changed_is_named(name: str) -> None:
    changed = archive({**verify_pack.contents(PACK), name: b"other"})
    with pytest.raises(Broken, match=name):
        verify(changed)


def test_a_pack_that_is_cut_or_longer_is_not_whole() -> None:
    for pack in (PACK[:-1], PACK + b"\0", PACK[: len(PACK) // 2], b""):
        with pytest.raises(Broken):
            verify(pack)


def test_a_pack_made_anew_from_other_figures_has_another_head() -> None:
    other = sealed({**FILES, "tie-outs.csv": b"route,0.00\n"})
    assert verify(other)
    with pytest.raises(Broken, match="another one"):
        verify(other, head(PACK))


def test_the_script_needs_nothing_but_python(tmp_path: Path) -> None:
    pack = tmp_path / "pack.zip"
    pack.write_bytes(PACK)
    script = tmp_path / "verify.py"
    script.write_bytes(Path(verify_pack.__file__).read_bytes())
    command = [sys.executable, "-I", "-S", str(script), str(pack)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout.split()[-1]) == (0, head(PACK)), ended.stderr
    pack.write_bytes(PACK.replace(b"2026-11", b"2026-12"))
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (ended.returncode, "close.json" in ended.stderr) == (7, True)


OLDER = {
    "close-of-2026-11-30.zip": "629bb95dd70041903fca75d0c99b44c4b91989c408e64ffac9b1106a4d1c0ca6",
    "close-of-2026-12-01.zip": "96247087f4677d5937434520446a81d4a966d2b587a92081047999b14c480454",
}


@pytest.mark.parametrize("name", OLDER)
def test_a_pack_of_an_older_counterfoil_is_verified_as_ever(name: str) -> None:
    pack = Path(__file__).with_name(name).read_bytes()
    verify(pack, OLDER[name])


def test_the_script_in_a_pack_names_every_flipped_byte_as_the_house_does() -> None:
    pack = Path(__file__).with_name("close-of-2026-12-01.zip").read_bytes()
    script = types.ModuleType("script_of_the_pack")
    exec(verify_pack.contents(pack)["verify_pack.py"].decode(), vars(script))
    assert script.verify(pack) == verify(pack)
    for _ in range(60):
        flipped = bytearray(pack)
        flipped[place := random.randrange(len(pack))] ^= random.randrange(1, 256)
        with pytest.raises(Broken) as ours:
            verify(bytes(flipped))
        with pytest.raises(script.Broken) as theirs:
            script.verify(bytes(flipped))
        assert str(ours.value) == str(theirs.value), place
