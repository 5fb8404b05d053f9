"""The life of a process: it says when it is up, ends in a moment, and leaves nothing."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date
from pathlib import Path
from tempfile import mkdtemp

import pytest
from journeys_environment import ESTATE, ROUTE, SECRETS, environment

from counterfoil.rehearse.demo import project
from counterfoil.rehearse.demo.vendors import write_plan
from counterfoil.rehearse.traffic.sales import Pace
from counterfoil.rehearse.traffic.trade import trade
from counterfoil.store import postmaster
from counterfoil.store.server import Server

PATIENCE_S = 40.0


@pytest.fixture
def place(quick_place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A project folder whose private PostgreSQL is quick to start, as no database is given."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    made = Path(mkdtemp(prefix="counterfoil-life-", dir=quick_place))
    made.chmod(0o755)
    for name in ("routes", "secrets"):
        (made / name).mkdir()
    (made / "counterfoil.toml").write_text(ESTATE.replace("8471", str(free_port())))
    (made / "routes" / "orders.toml").write_text(ROUTE)
    (made / "secrets" / "office-password").write_text("hunter2\n")
    yield made
    asyncio.run(Server.at(made / ".counterfoil").erase())
    shutil.rmtree(made)


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def began(place: Path, *words: str, **variables: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "counterfoil", *words],
        cwd=place,
        env=environment(**{**SECRETS, **variables}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(running: subprocess.Popen[str]) -> tuple[int, str]:
    out, err = running.communicate(timeout=PATIENCE_S)
    return running.returncode, out + err


def ran(place: Path, *words: str, **variables: str) -> tuple[int, str]:
    return ended(began(place, *words, **variables))


def up(place: Path) -> subprocess.Popen[str]:
    """`counterfoil up`, when it has said that it is."""
    running = began(place, "up")
    assert running.stderr is not None
    assert running.stderr.readline().startswith("Up: http://127.0.0.1:")
    return running


def answers(place: Path) -> bool:
    port = int((place / "counterfoil.toml").read_text().partition("port = ")[2].split()[0])
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def database(place: Path) -> int | None:
    return Server.at(place / ".counterfoil").pid


def processes(word: str) -> dict[int, str]:
    """The processes whose command line names `word`: each one's number and its line."""
    found: dict[int, str] = {}
    for entry in Path("/proc").iterdir():
        try:
            line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if entry.name.isdecimal() and int(entry.name) != os.getpid() and word in line:
            found[int(entry.name)] = line
    return found


def named(word: str) -> list[str]:
    """The lines of the processes whose command line names `word`."""
    return list(processes(word).values())


def soon(condition: Callable[[], bool]) -> bool:
    end = time.monotonic() + PATIENCE_S
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return condition()


@pytest.mark.parametrize(
    ("order", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130), (signal.SIGHUP, 0)]
)
def test_up_takes_messages_when_it_says_so_and_ends_in_a_moment(
    place: Path, order: signal.Signals, code: int
) -> None:
    running = up(place)
    assert answers(place)
    assert database(place)
    told = time.monotonic()
    running.send_signal(order)
    assert ended(running)[0] == code
    assert time.monotonic() - told < 4.0  # half a second where the machine is idle
    assert database(place) is None


def test_up_keeps_a_watch_in_a_process_of_its_own_which_ends_with_it(place: Path) -> None:
    watching = f"{place} watch run"
    with (place / "counterfoil.toml").open("a") as file:
        file.write('\n[watch.channels]\noncall = "env:ONCALL"\n')
    running = began(place, "up", ONCALL="json://127.0.0.1:1/")
    assert running.stderr is not None
    assert running.stderr.readline().startswith("Up: http://127.0.0.1:")
    assert soon(lambda: len(named(watching)) == 1)
    (watch,) = processes(watching)
    os.kill(watch, signal.SIGKILL)
    assert soon(lambda: bool(processes(watching).keys() - {watch})), "it is started again"
    running.terminate()
    assert ended(running)[0] == 0
    assert named(watching) == []
    assert database(place) is None


def test_a_message_in_hand_is_waited_for_and_said_and_a_second_signal_is_not(place: Path) -> None:
    running = up(place)
    port = int((place / "counterfoil.toml").read_text().partition("port = ")[2].split()[0])
    with socket.create_connection(("127.0.0.1", port)) as line:
        line.sendall(
            b"POST /hooks/shop HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n"
            b"X-Shopify-Hmac-Sha256: AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\r\n"
            b"X-Shopify-Topic: orders/create\r\nX-Shopify-Webhook-Id: d-1\r\n\r\nhalf"
        )
        time.sleep(0.3)
        running.terminate()
        assert running.stderr is not None
        assert "waiting for the door" in running.stderr.readline()
        told = time.monotonic()
        running.terminate()
        assert ended(running)[0] == 0
        assert time.monotonic() - told < 4.0
    assert database(place) is None


def test_a_rehearsal_s_up_ends_without_a_word_of_its_libraries(place: Path) -> None:
    with trade(date(2026, 11, 2), orders=1, seed=1, pace=Pace(spread_s=1.0)) as sales:
        config = project.write(place / "r", seed=1, faults="none", traffic=sales.traffic)
        write_plan(config, sales, 1.0)
    running = up(place / "r")
    running.terminate()
    code, said = ended(running)
    assert (code, said) == (0, "")
    assert database(place / "r") is None
    asyncio.run(Server.at(config.state).erase())


def test_a_port_that_is_taken_is_a_sentence_before_anything_starts(place: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        code, said = ran(place, "up", "--port", port)
        taken = {"COUNTERFOIL__WEB__PORT": port, "DATABASE_URL": "postgresql://127.0.0.1:1/x"}
        assert "note   door: Another program listens" in ran(place, "doctor", **taken)[1]
    assert code == 2
    assert f"listens on port {port}" in said
    assert "Up:" not in said
    assert not (place / ".counterfoil").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--port", "70000"), "65535 or less"),
        (("--port", "0"), "1 or more"),
        (("--host", "203.0.113.7"), "no address '203.0.113.7'"),
        (("--host", ""), "must not be empty"),
    ],
)
def test_a_door_that_cannot_be_is_refused(place: Path, words: tuple[str, ...], said: str) -> None:
    code, told = ran(place, "up", *words)
    assert code == 2
    assert said in told
    written = {f"COUNTERFOIL__WEB__{words[0][2:].upper()}": words[1]}
    nowhere = {"DATABASE_URL": "postgresql://127.0.0.1:1/x"}
    assert said in ran(place, "doctor", "--offline", **written, **nowhere)[1]
    assert "Up:" not in told
    assert not (place / ".counterfoil").exists()


@pytest.mark.parametrize("words", [("up",), ("connection", "test", "shop"), ("worker",)])
def test_what_is_refused_when_it_is_wired_leaves_no_database(
    place: Path, words: tuple[str, ...]
) -> None:
    file = place / "counterfoil.toml"
    shop = "[connections.shop.settings]\norders_per_page = 9999\n[connections.office]"
    file.write_text(file.read_text().replace("[connections.office]", shop))
    code, said = ran(place, *words)
    assert code == 2
    assert "orders_per_page" in said
    assert not (place / ".counterfoil").exists()


def test_a_refusal_after_the_database_was_started_ends_it(place: Path) -> None:
    assert ran(place, "hold", "list")[0] == 0
    file = place / "counterfoil.toml"
    file.write_text(file.read_text().replace('name = "gifts"', 'name = "books"'))
    for words in (("up",), ("db", "status")):
        code, said = ran(place, *words)
        assert (code, "belongs to the estate 'gifts'" in said) == (2, True), words
        assert database(place) is None, words


def test_a_killed_up_leaves_a_server_that_db_stop_stops(place: Path) -> None:
    code, said = ran(place, "db", "stop")
    assert (code, "No private PostgreSQL runs" in said) == (0, True)
    running = up(place)
    code, said = ran(place, "db", "stop")
    assert (code, "Others are at work" in said) == (6, True)
    running.kill()
    running.communicate()
    pid = database(place)
    assert pid
    code, said = ran(place, "db", "stop")
    assert (code, f"process {pid}" in said) == (0, True)
    assert database(place) is None


def test_a_command_beside_up_does_not_take_its_database_away(place: Path) -> None:
    assert ran(place, "db", "upgrade")[0] == 0
    lister = began(place, "hold", "list")
    running = up(place)
    assert ended(lister)[0] == 0
    pid = database(place)
    assert pid
    running.terminate()
    assert ended(running)[0] == 0
    assert database(place) is None


def test_a_signal_before_it_is_up_leaves_nothing_either(place: Path) -> None:
    running = began(place, "up")
    assert soon((place / ".counterfoil" / "postgres" / "users").exists)
    running.terminate()
    assert ended(running)[0] in (0, 130)
    assert soon(lambda: not postmaster.workers(place / ".counterfoil" / "postgres" / "data"))


@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGKILL])
def test_a_demo_that_is_ended_takes_everything_with_it(
    tmp_path: Path, order: signal.Signals
) -> None:
    system = set(_system())
    running = began(tmp_path, "demo", "--orders", "200", "--quiet", TMPDIR=str(tmp_path))
    assert soon(lambda: any("counterfoil up" in line for line in named(str(tmp_path))))
    running.send_signal(order)
    running.communicate(timeout=PATIENCE_S)
    assert soon(lambda: not named(str(tmp_path)))
    assert soon(lambda: not list(tmp_path.glob("counterfoil-demo-*")))
    assert soon(lambda: not set(_system()) - system)


def _system() -> list[Path]:
    """What lies in the folder of the system that root's servers share."""
    return list(Path("/var/lib/counterfoil").glob("*"))


@pytest.mark.parametrize("order", [signal.SIGTERM, signal.SIGKILL])
def test_a_proof_that_is_ended_takes_its_server_with_it(
    tmp_path: Path, quick_place: Path, order: signal.Signals
) -> None:
    running = began(tmp_path, "prove", "--layer", "worlds", "--minutes", "1", "--quiet")
    assert soon(lambda: any(_worlds_of(running.pid)))
    (folder,) = _worlds_of(running.pid)
    assert soon(lambda: len(named(str(folder))) > 1)
    running.send_signal(order)
    running.communicate(timeout=PATIENCE_S)
    assert soon(lambda: not folder.exists())
    assert soon(lambda: not named(str(folder)))


def _worlds_of(pid: int) -> list[Path]:
    """The folders of worlds whose database this process started: others may be at work beside."""
    memory = Path("/dev/shm")
    place = memory if memory.is_dir() else Path("/tmp")
    folders = place.glob("counterfoil-worlds-*")
    return [folder for folder in folders if pid in _parents(folder / "postgres" / "data")]


def _parents(data: Path) -> list[int]:
    """The server of this data folder, and who started it; none where it is not up."""
    parents: list[int] = []
    with suppress(OSError, ValueError):
        parents.append(int((data / "postmaster.pid").read_text().split()[0]))
        while parents[-1] > 1:
            status = Path(f"/proc/{parents[-1]}/stat").read_text()
            parents.append(int(status.rpartition(")")[2].split()[1]))
    return parents
