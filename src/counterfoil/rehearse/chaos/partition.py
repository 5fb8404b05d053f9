"""Two hosts: the door and a worker on one, the database, the vendors and a worker on the other.

The hosts are network namespaces of this machine, joined by one wire. The wire is cut for moments
shorter and longer than a lease, while trade goes on; the host that is cut off goes on believing
that its pages are its own. Where the machine allows no namespaces the answer says so, and why.

Run as `python -m counterfoil.rehearse.chaos.partition --seed 1`.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import msgspec

from counterfoil.app import House, build
from counterfoil.config import Config, load
from counterfoil.config.shape import STATE
from counterfoil.rehearse.chaos import chaos
from counterfoil.rehearse.chaos.chaos import Plan
from counterfoil.rehearse.chaos.experiments import answer
from counterfoil.rehearse.chaos.judge import judge
from counterfoil.rehearse.chaos.prefork import Child, move_to, start_process
from counterfoil.rehearse.demo import project
from counterfoil.rehearse.demo.demo import go_on, staged
from counterfoil.rehearse.demo.project import Rehearsal
from counterfoil.store import pages
from counterfoil.store.pages import LEASE_S
from counterfoil.store.server import DATABASE, Server
from counterfoil.values.clock import SystemClock

_PER_S = 20.0
CUTS_S = (2.0, LEASE_S + 3.0, 1.0)
"""How long the wire is cut, each time."""

_BETWEEN_S = 4.0
_LOSS = ("netem", "loss", "5%", "delay", "10ms")
_CHUNK = 65_536
_REST_S = 120.0
_LOSSLESS = "between the two hosts no packets were lost by chance: this machine's tc has no netem"

Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Far = Callable[[], Awaitable[Ends]]


class Unable(Exception):
    """This machine has no second network to give."""


class Parted(msgspec.Struct, frozen=True):
    """What two hosts came to. `pages_cut_off`: pages in the hands of the host that was cut off, at
    the cuts; `lossy`: whether the wire lost packets as well; `note` where nothing was played."""

    cuts: int = 0
    longest_cut_s: float = 0.0
    pages_cut_off: int = 0
    lossy: bool = False
    counts: Mapping[str, int] = {}
    wrong: tuple[str, ...] = ()
    note: str = ""


class Wire(msgspec.Struct, frozen=True):
    """The wire between this network (`near`) and the other one (`far`): addresses and names."""

    network: str
    device: str
    near: str
    far: str
    why: str

    @property
    def lossy(self) -> bool:
        """Whether it loses packets by itself; else `why` not."""
        return not self.why

    async def cut(self, seconds: float) -> None:
        """Cut it for so long."""
        await _ip("link", "set", self.device, "down")
        try:
            await SystemClock().sleep(seconds)
        finally:
            await _ip("link", "set", self.device, "up")


async def part(seed: int, cuts_s: Sequence[float] = CUTS_S) -> Parted:
    """Let two hosts trade over a wire that is cut now and then, and count."""
    seconds = sum(cuts_s) + _BETWEEN_S * (len(cuts_s) + 1)
    plan = Plan(seed, int(_PER_S * seconds), 1, seconds, "none", proxied=False)
    try:
        async with wire() as between:
            with chaos.place(f"here/{STATE}") as room:
                config = chaos.planned(plan, room / "here")
                try:
                    return await _part(config, room / "there", between, cuts_s)
                finally:
                    await Server.at(config.state).erase()
    except Unable as error:
        return Parted(note=f"two hosts were not played here: {error}")


async def _part(config: Config, there: Path, between: Wire, cuts_s: Sequence[float]) -> Parted:
    rehearsal = project.rehearsal(config)
    assert rehearsal is not None
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(staged(config, SystemClock()))
        house = await build(config, role="chaos")
        stack.push_async_callback(house.close)
        far_config, database = await _roads(config, rehearsal, there, between, stack)
        far = Child(
            far_config, "far", "up",
            surroundings={"DATABASE_URL": database}, network=between.network,
        )  # fmt: skip
        near = Child(config, "near", "worker")
        for hand in (far, near):
            stack.callback(hand.kill)
            hand.start()
        await chaos.ready(config, far)
        return await _trade(house, rehearsal, far, between, cuts_s)


async def _trade(
    house: House, known: Rehearsal, far: Child, between: Wire, cuts_s: Sequence[float]
) -> Parted:
    held_pages = 0
    for seconds in cuts_s:
        await SystemClock().sleep(_BETWEEN_S)
        busy = await pages.in_hand(house.engine.database, house.engine.clock.now())
        held_pages += sum(page.holder.split("-")[1] == str(far.pid) for page in busy)
        await between.cut(seconds)
    note = "" if between.lossy else f"{_LOSSLESS}: {between.why}"
    parted = Parted(len(cuts_s), max(cuts_s), held_pages, between.lossy, note=note)
    try:
        async with asyncio.timeout(_REST_S):
            outcome = await go_on(house, chaos.silent)
    except TimeoutError:
        fault = f"did not come to rest: {far.last_words()[-300:]}"
        return msgspec.structs.replace(parted, wrong=(fault,))
    counts, wrong = await judge(house, known, outcome)
    return msgspec.structs.replace(parted, counts=counts, wrong=tuple(wrong))


# --- the wire ---


@asynccontextmanager
async def wire() -> AsyncGenerator[Wire]:
    """A second network with a wire to it. Raises `Unable` where the machine has none to give."""
    name = f"cf{os.getpid() % 100_000}"
    place = f"10.213.{os.getpid() % 250}"
    near, far, ours, theirs = f"{place}.1", f"{place}.2", f"{name}a", f"{name}b"
    await _ip("netns", "add", name)
    try:
        await _ip("link", "add", ours, "type", "veth", "peer", "name", theirs, "netns", name)
        await _ip("addr", "add", f"{near}/30", "dev", ours)
        await _ip("link", "set", ours, "up")
        await _ip("-n", name, "addr", "add", f"{far}/30", "dev", theirs)
        await _ip("-n", name, "link", "set", theirs, "up")
        await _ip("-n", name, "link", "set", "lo", "up")
        yield Wire(name, ours, near, far, why=await _lose(ours))
    finally:
        await _order("ip", "netns", "del", name)  # takes both ends of the wire with it


async def _lose(device: str) -> str:
    """Have the wire lose packets; why the machine cannot."""
    return await _order("tc", "qdisc", "add", "dev", device, "root", *_LOSS)


async def _ip(*words: str) -> None:
    complaint = await _order("ip", *words)
    if complaint:
        raise Unable(f"`ip {' '.join(words)}`: {complaint}")


async def _order(program: str, *words: str) -> str:
    """What a program complains about; "" where it did as it was told."""
    if shutil.which(program) is None:
        return f"{program} is not installed"
    process = await asyncio.create_subprocess_exec(
        program, *words, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    output, _ = await process.communicate()
    if process.returncode == 0:
        return ""
    return " ".join(output.decode("utf-8", "replace").split())[:200] or "failed"


# --- the roads over it ---


async def _roads(
    config: Config, known: Rehearsal, there: Path, between: Wire, stack: AsyncExitStack
) -> tuple[Config, str]:
    """The other host's project, and the address under which it has the database."""
    web = config.file.web.port
    socket = _socket(Server.at(config.state).dsn)

    async def database() -> Ends:
        return await asyncio.open_unix_connection(socket)

    port = await _road(stack, between.near, 0, database)
    vendors = tuple(known.ports.values())
    for vendor in vendors:
        await _road(stack, between.near, vendor, _far("127.0.0.1", vendor))
    exits = start_process(_exits, between.network, between.near, vendors)
    stack.callback(exits.kill)
    await _road(stack, "127.0.0.1", web, _far(between.far, web))
    address = f"postgresql://{DATABASE}@{between.near}:{port}/{DATABASE}?sslmode=disable"
    return _project(config, there, between), address


def _exits(network: str, near: str, ports: Sequence[int]) -> None:
    """On the other host: the vendors at its own loopback address, as plain HTTP must be."""
    move_to(network)
    asyncio.run(_stay(near, ports))


async def _stay(near: str, ports: Sequence[int]) -> None:
    async with AsyncExitStack() as stack:
        for port in ports:
            await _road(stack, "127.0.0.1", port, _far(near, port))
        await asyncio.Event().wait()


def _project(config: Config, there: Path, between: Wire) -> Config:
    """The same project as the other host has it: no rehearsal, and its door on the wire."""
    shutil.copytree(config.folder, there, ignore=shutil.ignore_patterns(".counterfoil"))
    file = there / "counterfoil.toml"
    text = file.read_text("utf-8").split("[rehearsal]")[0]
    text = text.replace("[web]\n", f'[web]\nhost = "{between.far}"\n')
    file.write_text(text, "utf-8")
    (there / ".counterfoil").mkdir()
    return load(there)


def _socket(dsn: str) -> str:
    place = dsn.split("host=", 1)[1].split("&", 1)[0]
    return f"{place}/.s.PGSQL.5432"


def _far(host: str, port: int) -> Far:
    async def reach() -> Ends:
        return await asyncio.open_connection(host, port)

    return reach


async def _road(stack: AsyncExitStack, host: str, port: int, far: Far) -> int:
    """Pass everything that comes to `host` and `port` on to where `far` leads; the port."""

    going: set[asyncio.Task[None]] = set()

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(pass_on(reader, writer))
        going.add(task)
        task.add_done_callback(going.discard)

    async def end() -> None:
        server.close()
        for task in going:
            task.cancel()
        await asyncio.gather(*going, return_exceptions=True)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await far()
        except OSError:
            writer.transport.abort()
            return
        try:
            await asyncio.gather(_pump(reader, far_writer), _pump(far_reader, writer))
        except OSError:
            pass
        finally:
            writer.transport.abort()
            far_writer.transport.abort()

    server = await asyncio.start_server(accept, host, port)
    stack.push_async_callback(end)
    return int(server.sockets[0].getsockname()[1])


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(_CHUNK):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


def main(words: Sequence[str]) -> int:
    """Part two hosts, from the command line; 0 where nothing is wrong, or nothing was played."""
    parser = argparse.ArgumentParser(description="Two hosts on a wire that is cut.")
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args(words)
    with chaos.own_database():
        parted = asyncio.run(part(arguments.seed))
    names = ("orders", "losses", "duplicates", "fences")
    tally = {name: parted.counts[name] for name in names if name in parted.counts}
    tally |= {"cuts": parted.cuts, "pages_cut_off": parted.pages_cut_off}
    sys.stdout.buffer.write(answer(parted, tally, parted.wrong))
    return 1 if parted.wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
