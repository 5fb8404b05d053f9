"""What the watch is shown of the books: nothing is expected that waits for a person."""

from __future__ import annotations

from counterfoil.store import routes, tasks, watched
from counterfoil.store.postgres import Database
from counterfoil.values.clock import from_stdlib, instant, later

LONG_AGO = instant("2026-11-01T00:00:00Z")
NOW = instant("2026-11-02T12:00:00Z")


async def test_a_run_is_due_no_sooner_than_it_may_begin_again(store: Database) -> None:
    """Neither before its route was switched on, nor while its load waits for a signature."""
    route = 1
    await routes.turn(store, "orders", "off", LONG_AGO, "ann", "not yet")
    await tasks.open_(store, route, "listing", LONG_AGO)
    assert await watched.runs(store) == []
    await routes.turn(store, "orders", "on", NOW, "ann", "ready")
    (run,) = await watched.runs(store)
    assert run.due is not None
    assert from_stdlib(run.due) == NOW

    await store._pool.execute(
        "insert into load (route, began, expected, money, ended) values (1, $1, 1, '{}', $1)",
        NOW.to_stdlib(),
    )
    assert await watched.runs(store) == []
    await store._pool.execute("update load set signed_at = $1", later(NOW, 600.0).to_stdlib())
    (run,) = await watched.runs(store)
    assert run.due is not None
    assert from_stdlib(run.due) == later(NOW, 600.0)
