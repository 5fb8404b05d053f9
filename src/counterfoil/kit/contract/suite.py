"""The suite itself: every rule that applies to a connector, as one test each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from counterfoil.kit.capability import Document
from counterfoil.kit.connector import Connector
from counterfoil.kit.contract import (
    answers,
    files,
    limits,
    listing,
    manifest,
    parsing,
    secrets,
    session,
    writing,
)
from counterfoil.kit.contract.case import Broken, Subject
from counterfoil.kit.contract.rule import Rule, Trial
from counterfoil.kit.contract.stage import StageMaker

_ROOMS = (manifest, files, session, parsing, listing, writing, answers, limits, secrets)

RULES: tuple[Rule, ...] = tuple(
    value for room in _ROOMS for value in vars(room).values() if isinstance(value, Rule)
)
"""Every rule, in the order in which they are tried."""


def suite(package: ModuleType, stage: StageMaker) -> Callable[..., None]:
    """The test of one connector: bind it to a name that begins with `test_`.

    `package` is the connector's folder, imported; `stage` makes a vendor to play against.
    """
    connector: Connector = package.CONNECTOR
    folder = Path(str(package.__file__)).parent

    @pytest.mark.parametrize(("rule", "document"), list(_parameters(connector)))
    def test_contract(
        rule: Rule, document: Document | None, request: pytest.FixtureRequest
    ) -> None:
        """The connector keeps the rule."""
        names = frozenset(one.name for one in RULES)
        subject = Subject(connector, folder, request.path.parent, names)
        try:
            asyncio.run(rule.run(Trial(subject, stage, document)))  # type: ignore[arg-type]
        except (Broken, NotImplementedError) as broken:
            pytest.fail(f"{rule.sentence}\n{broken}", pytrace=False)

    return test_contract


def _parameters(connector: Connector) -> Iterator[Any]:
    waived = {waiver.rule: waiver.why for waiver in connector.manifest.waivers}
    for rule in RULES:
        for document in rule.applies(connector.manifest):
            name = f"{document}-{rule.name}" if document else rule.name
            marks = [_waiver(waived[rule.name])] if rule.name in waived else []
            yield pytest.param(rule, document, id=name, marks=marks)


def _waiver(why: str) -> pytest.MarkDecorator:
    # Strict: a waiver of a rule that is kept is a failure too.
    return pytest.mark.xfail(reason=why, strict=True, raises=pytest.fail.Exception)
