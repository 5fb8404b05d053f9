"""Whether the house is alive and ready, and the figures that watch it: for whom, and what is in
them."""

from __future__ import annotations

from dataclasses import replace

from program import program

from counterfoil.surfaces.desk.metrics import Family, Meter, metrics, text
from counterfoil.values.clock import Instant, SystemClock, instant, later
from tests.surfaces.web.counter import Counter


class Later(SystemClock):
    """An hour after now, so that what was just committed is read."""

    def now(self) -> Instant:
        return later(super().now(), 3600.0)


async def asked(shop: Counter, path: str, **headers: str) -> tuple[int, str]:
    client = (await program(shop)).client
    async with client.get(shop.base + path, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_health_and_readiness_need_no_token(shop: Counter) -> None:
    assert await asked(shop, "/health") == (200, '{"alive":true}')
    assert await asked(shop, "/ready") == (200, '{"ready":true}')


async def test_figures_are_for_this_machine_and_for_tokens_that_are_for_them(
    shop: Counter,
) -> None:
    status, told = await asked(shop, "/metrics")
    assert status == 200
    assert 'counterfoil_holds{route="orders",cause="unmapped-value",state="held"} 2' in told
    assert 'counterfoil_connection_away{connection="office"} 0' in told
    assert "ann@" not in told
    assert "Drone" not in told, "a sentence may tell of a person"
    proxied = {"x-forwarded-for": "203.0.113.9"}
    assert (await asked(shop, "/metrics", **proxied))[0] == 401
    for scope, status in {"metrics": 200, "read": 403}.items():
        token = (await program(shop, "viewer", (scope,))).token
        bearer = {"authorization": f"Bearer {token}"}
        assert (await asked(shop, "/metrics", **proxied, **bearer))[0] == status


async def test_deliveries_are_counted_once_and_only_grow(shop: Counter) -> None:
    desk = replace(shop.desk, clock=Later())
    meter = Meter(instant("2026-01-01T00:00:00Z"))
    for _ in range(2):
        (family,) = [
            family
            for family in await metrics(desk, meter)
            if family.name == "counterfoil_delivery_seconds"
        ]
        counts = {(suffix, labels.get("le")): value for suffix, labels, value in family.samples}
        assert counts[("_count", None)] == counts[("_bucket", "+Inf")] == 2
        buckets = [value for (suffix, _), value in counts.items() if suffix == "_bucket"]
        assert buckets == sorted(buckets)


def test_labels_are_written_so_that_they_can_be_read_again() -> None:
    samples = (("", {"route": 'a "b"\\c\nd'}, 1.0), ("", {"route": 'a "b"\\c\nd'}, 2.0))
    assert text([Family("x", "gauge", "A figure.", samples)]).splitlines() == [
        "# HELP x A figure.", "# TYPE x gauge", 'x{route="a \\"b\\"\\\\c\\nd"} 3',
    ]  # fmt: skip
