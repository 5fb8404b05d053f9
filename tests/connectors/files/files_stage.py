"""A folder for the contract suite, and who puts a provider's exports into it."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from counterfoil.kit.contract import AsgiWire, Stage, StoppedClock
from counterfoil.mapping.valuemap import ValueMap

COLUMNS = {
    "key": "Payout ID",
    "kind": "Type",
    "amount": "Amount",
    "fee": "Fee",
    "net": "Net",
    "at": "Transaction Date",
    "status": "Payout Status",
    "issued": "Payout Date",
    "currency": "Currency",
    "order-number": "Order",
    "reference": "Checkout",
    "presented": "Presentment Amount",
    "presented-currency": "Presentment Currency",
}
STATUSES = {"paid": "paid", "in_transit": "in-transit", "pending": "expected", "failed": "failed"}
MAPS = {
    "columns": ValueMap("columns", COLUMNS),
    "statuses": ValueMap("statuses", STATUSES),
}
SETTINGS = {"columns": "columns", "statuses": "statuses", "documents_per_page": 4, "settle_s": 0}
HEADER = ",".join(COLUMNS.values())


def line(key: str, kind: str, amount: str, fee: str, net: str, **more: str) -> str:
    """A line of an export: an entry of a payout."""
    cells = {
        "key": key, "kind": kind, "amount": amount, "fee": fee, "net": net,
        "at": "2026-08-24 22:01:24 +0400", "status": "paid", "issued": "2026-09-01",
        "currency": "AED", "order-number": "#3439", "reference": "#43736360550558",
        "presented": amount.lstrip("-"), "presented-currency": "AED", **more,
    }  # fmt: skip
    return ",".join(cells[word] for word in COLUMNS)


def put(folder: Path, clock: StoppedClock, name: str, lines: Iterable[str]) -> Path:
    """Put a file there whole, as old as this moment: by another name first."""
    unfinished = folder / f".{name}"
    unfinished.write_text("\n".join([HEADER, *lines, ""]), "utf-8")
    moment_s = clock.now().timestamp(unit="nanosecond")
    os.utime(unfinished, ns=(moment_s, moment_s))
    return unfinished.rename(folder / name)


class Exports:
    """A provider's exports, a file a payout; every third is on its way, every fifth of two."""

    def __init__(self, folder: Path, clock: StoppedClock) -> None:
        self.folder = folder
        self._clock = clock
        self._made = 0
        self._changes = 0
        self._issued: dict[str, str] = {}

    def add(self) -> str:
        self._made += 1
        key = str(148_156_000_000 + self._made)
        self._issued[key] = self._clock.now().format_iso()
        self._write(key, f"payout-{key}.csv", "in_transit" if self._made % 3 == 0 else "paid")
        return key

    def change(self, key: str) -> None:
        self._changes += 1
        status = "failed" if self._changes % 2 else "paid"
        self._write(key, f"payout-{key}-{self._changes}.csv", status, off=self._changes)

    def pushed(self, key: str) -> bytes:
        raise NotImplementedError

    def _write(self, key: str, name: str, status: str, off: int = 0) -> None:
        told = {"issued": self._issued[key], "status": status}
        lines = [
            line(key, "charge", f"{988 + off}.21", "57.68", f"{930 + off}.53", **told),
            line(key, "refund", "-159.87", "0.00", "-159.87", **told),
        ]
        put(self.folder, self._clock, name, lines)


async def nobody(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("A folder calls nobody.")


def folder_of(**settings: Any) -> Callable[[StoppedClock], AbstractContextManager[Stage]]:
    """The stage of a folder that is read with these settings."""

    @contextmanager
    def stage(clock: StoppedClock) -> Generator[Stage]:
        with tempfile.TemporaryDirectory(prefix="files-") as name:
            yield stage_at(Path(name), clock, settings)

    return stage


def stage_at(folder: Path, clock: StoppedClock, settings: Mapping[str, Any]) -> Stage:
    return Stage(
        url=f"file://{folder}",
        wire=AsgiWire(nobody),
        secrets={},
        settings={**SETTINGS, **settings},
        maps=MAPS,
        senders={"settlement": Exports(folder, clock)},
    )
