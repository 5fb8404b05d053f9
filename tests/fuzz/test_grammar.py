"""Orders of any shape, and JSON of any shape: read or refused, and never read otherwise."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from counterfoil.kit.formats import strict_json
from counterfoil.rehearse.fuzz.samples import samples
from counterfoil.rehearse.fuzz.targets import Targets
from counterfoil.values.errors import Refuse

TRUE = asyncio.run(samples())
TARGETS = Targets(TRUE)
ORDER: dict[str, Any] = msgspec.json.decode(TRUE["hook"][1])
LINE: dict[str, Any] = ORDER["line_items"][0]
QUIETLY = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])

TEXT = some.text(max_size=12)
AMOUNT = (
    some.decimals(-(10**6), 10**6, places=2).map(str)
    | some.from_regex(r"-?[0-9]{1,26}(\.[0-9]{0,4})?", fullmatch=True)
    | some.sampled_from(["NaN", "1e9", "1_0", "\u0661", "", "+1"])
)
MOMENT = some.datetimes().map(lambda moment: moment.isoformat() + "Z") | TEXT
FLOATS = some.floats(-1e15, 1e15).filter(lambda x: not x or abs(x) > 1e-50)  # in the house's range
WILD = some.recursive(
    some.none() | some.booleans() | some.integers() | FLOATS | TEXT,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def changed(base: dict[str, Any], **members: some.SearchStrategy[Any]) -> Any:
    """`base` with some of its members drawn anew, wild, or gone."""
    drawn = {name: members.get(name, WILD) | WILD for name in base}
    gone = some.sets(some.sampled_from(sorted(base)), max_size=2)
    some_of = some.sets(some.sampled_from(sorted(base)), max_size=3).flatmap(
        lambda names: some.fixed_dictionaries({name: drawn[name] for name in sorted(names)})
    )
    return some.builds(
        lambda new, out: {k: v for k, v in {**base, **new}.items() if k not in out}, some_of, gone
    )


LINES = some.lists(
    changed(LINE, quantity=some.integers(-3, 10**12), price=AMOUNT, total_discount=AMOUNT),
    max_size=4,
)
ORDERS = changed(
    ORDER,
    total_price=AMOUNT,
    total_tax=AMOUNT,
    created_at=MOMENT,
    updated_at=MOMENT,
    line_items=LINES,
)


@QUIETLY
@given(ORDERS)
def test_an_order_of_any_shape_is_read_or_has_its_reason(order: Any) -> None:
    asyncio.run(TARGETS.problem("hook", msgspec.json.encode(order)))


@QUIETLY
@given(
    some.sampled_from(
        sorted(
            {
                "listing",
                "read",
                "census",
                "bulk-run",
                "office-orders",
                "office-lines",
                "office-write",
                "office-values",
            }
        )
    ),
    WILD,
)
def test_an_answer_of_any_shape_is_read_or_has_its_reason(target: str, value: Any) -> None:
    asyncio.run(TARGETS.problem(target, msgspec.json.encode(value)))


@QUIETLY
@given(WILD)
def test_what_another_parser_wrote_is_read_as_it_is(value: Any) -> None:
    found = strict_json.parse(json.dumps(value).encode())
    assert json.loads(msgspec.json.encode(found, enc_hook=str)) == json.loads(_as_text(value))


def _as_text(value: Any) -> str:
    """JSON in which numbers with a fraction are texts, as `strict_json.parse` keeps them."""
    return json.dumps(json.loads(json.dumps(value), parse_float=str))


@QUIETLY
@given(
    some.binary(max_size=60)
    | some.text(alphabet='{}[]:,"\\0123456789.eE-+u atrufls').map(str.encode)
)
def test_what_is_let_in_is_json_to_a_second_parser(body: bytes) -> None:
    try:
        strict_json.parse(body)
    except Refuse:
        return
    json.loads(body.decode(), object_pairs_hook=_once, parse_constant=pytest.fail)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    assert len(dict(pairs)) == len(pairs)
    return dict(pairs)
