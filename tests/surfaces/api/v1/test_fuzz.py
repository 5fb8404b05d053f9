"""Whatever a program sends, whoever it is: no answer is broken, and none is another than the
description tells of."""

from __future__ import annotations

import asyncio
from collections import Counter as Counts
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from program import program

from counterfoil.surfaces.api.v1.openapi import description
from tests.surfaces.web.counter import ROLES, Counter

schemathesis = pytest.importorskip("schemathesis", reason="schemathesis is not installed")
checks = pytest.importorskip("schemathesis.specs.openapi.checks")

EXAMPLES = 2
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
]

few = settings(
    max_examples=EXAMPLES,
    database=None,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def fuzzed(base: str, tokens: Sequence[str]) -> Counts[int]:
    """Ask every address with what the description allows and what it does not, with each token; how
    often each status was answered."""
    schema = schemathesis.openapi.from_dict(description())
    statuses: Counts[int] = Counts()

    def ask(case: Any, token: str) -> None:
        answer = case.call(base_url=base, headers={"authorization": f"Bearer {token}"}, timeout=20)
        statuses[answer.status_code] += 1
        case.validate_response(answer, checks=CHECKS)

    for operation in (each.ok() for each in schema.get_all_operations()):
        for mode in schemathesis.GenerationMode:

            @few
            @given(case=operation.as_strategy(generation_mode=mode))
            def asked(case: Any) -> None:
                for token in tokens:
                    ask(case, token)

            asked()
    return statuses


async def test_no_answer_is_broken_or_undescribed_for_any_role(shop: Counter) -> None:
    tokens = [(await program(shop, role)).token for role in ROLES]
    statuses = await asyncio.to_thread(fuzzed, shop.base, tokens)
    assert {200, 400, 403, 404} <= statuses.keys()
    assert not [status for status in statuses if status >= 500], statuses
