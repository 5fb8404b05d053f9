"""What comes from outside a command is a sentence: words, streams, folders, disks, accounts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp

import pytest
from journeys_environment import SECRETS, environment

NOBODY = 65534
STRANGER = 54_321  # a number that no account has

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for other accounts")


def ran(
    folder: Path, words: str, *, shell: str = "", uid: int | None = None, **variables: str
) -> tuple[int, str]:
    """Run a command by a shell, which can close its streams; its code and all that it said."""
    line = f"exec {_as(uid)} {sys.executable} -m counterfoil {words} {shell}"
    ended = subprocess.run(
        ["/bin/sh", "-c", line],
        cwd=folder,
        env=environment(**{**SECRETS, **variables}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=60,
        check=False,
    )
    said = (ended.stdout + ended.stderr).decode()
    assert "broke" not in said
    assert "Traceback" not in said
    return ended.returncode, said


def _as(uid: int | None) -> str:
    """How a shell runs a program as another account; skips where it cannot run ours."""
    if uid is None:
        return ""
    words = ["setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
    probe = [*words, sys.executable, "-c", "import counterfoil"]
    if shutil.which("setpriv") is None or subprocess.run(probe, check=False).returncode:
        pytest.skip("another account cannot run this Python here")
    return " ".join(words)


@pytest.fixture
def shared(folder: Path, quick_place: Path) -> Iterator[Path]:
    """A project that every account may read."""
    made = Path(mkdtemp(prefix="counterfoil-boundary-", dir=quick_place))
    shutil.copytree(folder, made, dirs_exist_ok=True)
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("hold list --limit -1", ">= 1"),
        ("hold list --limit 0", ">= 1"),
        ("search 1 --limit 99999999999999999999", "<= 10000"),
        ("search 1 --limit x", "int"),
        ("demo --orders 0", ">= 1"),
        ("demo --workers=-2", ">= 1"),
        ("demo --speed nan", "> 0"),
        ("search $(printf '\\377')", "not UTF-8"),
        ("--project $(printf '/\\377') hold list", "not UTF-8"),
    ],
)
def test_a_word_that_cannot_be_is_usage(folder: Path, words: str, said: str) -> None:
    code, told = ran(folder, words)
    assert code == 2
    assert said in told


@pytest.mark.parametrize("shell", [">&-", ">&- 2>&-", ">&- <&-", "<&-"])
def test_a_stream_that_is_closed_is_no_trouble(folder: Path, database: str, shell: str) -> None:
    assert ran(folder, "hold list", shell=shell, DATABASE_URL=database)[0] == 0


def test_whoever_stops_reading_ends_a_command_quietly(folder: Path) -> None:
    code, said = ran(folder, "config schema", shell="| true; exit 0")
    assert (code, said) == (0, "")


def test_an_answer_that_a_full_disk_does_not_take_is_an_error(folder: Path) -> None:
    code, said = ran(folder, "config show", shell=">/dev/full")
    assert code == 2
    assert "no space left" in said


@pytest.mark.parametrize(
    "address", ["postgresql://u:hunt#er/3@h/x", "hunter3", "postgresql://u:hunter3@127.0.0.1:1/x"]
)
def test_a_database_address_is_never_repeated(folder: Path, address: str) -> None:
    for words in ("db status", "doctor --offline", "hold list"):
        code, said = ran(folder, words, DATABASE_URL=address)
        assert code == 2
        assert "hunt" not in said


@as_root
def test_a_folder_that_may_not_be_written_is_a_sentence(shared: Path) -> None:
    add = "connection add z --system shopify --url https://z.myshopify.com"
    for words in ("hold list", "up --port 18471", "doctor --offline", add):
        code, said = ran(shared, words, uid=NOBODY)
        assert code == 2
        assert "permission denied" in said


@as_root
def test_a_number_without_an_account_is_told_what_helps(shared: Path, database: str) -> None:
    for path in (shared, *shared.rglob("*")):
        os.chown(path, STRANGER, STRANGER)
    code, said = ran(shared, "hold list", uid=STRANGER, HOME="/nonexistent")
    assert code == 2
    assert f"no account for the number {STRANGER}" in said
    assert "useradd" in said


@as_root
@pytest.mark.parametrize("size", ["5m", "30m"])
def test_a_full_disk_is_a_sentence_and_leaves_no_server(shared: Path, size: str) -> None:
    disk = shared / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", disk],
        check=False, capture_output=True,
    )  # fmt: skip
    if mounted.returncode:
        pytest.skip("this machine lets nobody mount a disk")
    try:
        for part in ("counterfoil.toml", "routes", "secrets"):
            source = shared / part
            (shutil.copytree if source.is_dir() else shutil.copy)(source, disk / part)
        code, said = ran(disk, "hold list")
        assert code in (2, 5)
        assert "No space left" in said
        assert "Make room" in said
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_command_that_is_told_to_end_says_that_it_is_safe(folder: Path) -> None:
    running = subprocess.Popen(
        [sys.executable, "-m", "counterfoil", "prove", "--layer", "bytes", "--minutes", "2"],
        cwd=folder,
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        running.communicate(timeout=4)
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGTERM)
    assert "safe to run it again" in running.communicate(timeout=40)[1]
    assert running.returncode == 130


@pytest.mark.parametrize(
    "words",
    ["route try orders pipe", "route try orders /dev/zero", "demo --traffic pipe",
     "db restore pipe --yes", "db backup pipe", "balance --csv pipe", "--project pipe hold list"],
)  # fmt: skip
def test_a_pipe_or_a_device_in_the_place_of_a_file_is_not_waited_for(
    folder: Path, database: str, words: str
) -> None:
    os.mkfifo(folder / "pipe")
    assert ran(folder, words, DATABASE_URL=database)[0] == 2


def test_a_pipe_among_the_routes_is_not_waited_for(folder: Path) -> None:
    os.mkfifo(folder / "routes" / "more.toml")
    code, said = ran(folder, "config show")
    assert (code, said.splitlines()[0]) == (2, "routes/more.toml: This is no file.")


def test_a_rehearsal_and_a_proof_leave_the_estate_s_own_database_alone(
    folder: Path, database: str
) -> None:
    """Whoever has DATABASE_URL in the environment means it for the estate."""
    code, said = ran(folder, "demo --orders 2 --faults none", DATABASE_URL=database)
    assert code == 0, said
    proof = "prove --layer worlds --minutes 0.05 --seed 1"
    code, said = ran(folder, proof, DATABASE_URL="postgresql://127.0.0.1:1/nowhere")
    assert code == 0, said
    code, said = ran(folder, "db status", DATABASE_URL=database)
    assert "belongs" not in said
