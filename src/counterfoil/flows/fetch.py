"""Fetch: what a count found missing is read by its key, and captured where it is missed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from counterfoil.flows.capture import listed
from counterfoil.flows.engine import Engine
from counterfoil.flows.patience import patiently
from counterfoil.flows.route import Route
from counterfoil.kit.connector import Reading

_AT_ONCE = 50


async def fetch(
    engine: Engine, routes: Sequence[Route], missing: Mapping[int, Sequence[str]]
) -> list[Reading[Any]]:
    """Read what any of the routes misses, each document once, and capture it where it is missed;
    what was read."""
    keys = sorted({key for lacking in missing.values() for key in lacking})
    answers: list[Reading[Any]] = []
    for start in range(0, len(keys), _AT_ONCE):
        lacking = keys[start : start + _AT_ONCE]
        read = partial(routes[0].source.read, lacking)
        readings = await patiently(engine, read, refill_s=routes[0].refill_s)
        answers += readings
        for route in routes:
            # What one route has is fetched for another; under a key that nobody asked for, for all.
            present = {*lacking}.difference(missing[route.id])
            mine = [reading for reading in readings if reading.key not in present]
            if mine:
                await listed(engine, route, mine, route.plan.priority)
    return answers
