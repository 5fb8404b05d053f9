"""The processes of a rehearsal: the stage, the house, its workers; started, watched, ended."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import aiohttp

from counterfoil.config import Config
from counterfoil.rehearse import leash
from counterfoil.rehearse.demo.project import Rehearsal
from counterfoil.values.clock import Clock
from counterfoil.values.errors import CounterfoilError, Retry

_READY_S = 60.0


class Actor:
    """One child process, with its log beside the project's state."""

    def __init__(self, name: str, process: asyncio.subprocess.Process, log: Path) -> None:
        self.name = name
        self._process = process
        self._log = log
        self.peak_kib = 0

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.returncode is None

    def weigh(self) -> None:
        """Note the most memory that the process has held so far."""
        self.peak_kib = max(self.peak_kib, peak_kib(self.pid))

    def last_words(self) -> str:
        """The end of its log."""
        return self._log.read_text("utf-8", "replace")[-2000:] if self._log.exists() else ""

    async def end(self) -> None:
        """Ask it to stop, and stop it after a while."""
        if not self.alive:
            return
        self._process.terminate()
        try:
            await asyncio.wait_for(self._process.wait(), 15)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


def peak_kib(pid: int | str) -> int:
    """The most memory that a process has held, in KiB; 0 where it has ended."""
    try:
        text = Path(f"/proc/{pid}/status").read_text("ascii")
    except OSError:
        return 0
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("VmHWM:"))


async def start(config: Config, name: str, *words: str) -> Actor:
    """Start `python -m WORDS` as the actor `name`, who leaves when this process does."""
    log = config.state / f"{name}.log"
    with log.open("ab") as file:
        process = await asyncio.create_subprocess_exec(
            *leash.words(*words),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env={**os.environ, "NO_COLOR": "1"},
            start_new_session=True,
        )
    return Actor(name, process, log)


async def stage(config: Config, found: Rehearsal, clock: Clock) -> Actor | None:
    """Start the stage, or find it playing already (then None)."""
    if all([await _answers(port) for port in found.ports.values()]):
        return None
    actor = await start(config, "stage", "counterfoil.rehearse.demo.vendors", str(config.folder))
    for port in found.ports.values():
        await wait(actor, f"http://127.0.0.1:{port}/_twin/report", clock)
    return actor


async def house(config: Config, workers: int, clock: Clock) -> list[Actor]:
    """Start the house in one process, and further workers beside it."""
    folder = str(config.folder)
    up = await start(config, "up", "counterfoil", "up", "--project", folder, "--quiet")
    await wait(up, f"http://127.0.0.1:{config.file.web.port}/ready", clock)
    workers_ = [
        await start(
            config, f"worker{number}", "counterfoil", "worker", "--project", folder, "--quiet"
        )
        for number in range(2, workers + 1)
    ]
    return [up, *workers_]


async def wait(actor: Actor, address: str, clock: Clock) -> None:
    """Wait until `address` answers 200. Raises the actor's last words where it died."""
    deadline = clock.monotonic() + _READY_S
    async with aiohttp.ClientSession() as client:
        while clock.monotonic() < deadline:
            if not actor.alive:
                raise CounterfoilError(
                    f"The {actor.name} of the rehearsal ended: {actor.last_words()}",
                    do="Run it again with --keep DIR and read the logs in DIR/.counterfoil.",
                )
            try:
                async with client.get(address) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await clock.sleep(0.05)
    raise Retry(f"The {actor.name} of the rehearsal did not answer within {_READY_S:g} s.")


async def _answers(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True
