"""The suite itself: every rule that applies to a connector, as one test each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest
from _pytest.mark import ParameterSet

from counterfoil.kit.connector import Connector
from counterfoil.kit.contract import (
    answers,
    carrying,
    counting,
    files,
    limits,
    listing,
    manifest,
    manners,
    parsing,
    ports,
    secrets,
    session,
    steps,
    writing,
)
from counterfoil.kit.contract.case import Broken, Subject
from counterfoil.kit.contract.rule import Rule, Trial
from counterfoil.kit.contract.stage import StageMaker
from counterfoil.model.words import Word


def _rules(*rooms: ModuleType) -> tuple[Rule, ...]:
    return tuple(
        value for room in rooms for value in vars(room).values() if isinstance(value, Rule)
    )


CONNECTION: tuple[Rule, ...] = _rules(session, answers, limits, secrets)
"""The rules about a connection: for a second way of signing in."""
RULES: tuple[Rule, ...] = (
    _rules(manifest, files, parsing, listing, counting, writing, manners, steps, carrying, ports)
    + CONNECTION
)
"""Every rule."""


def suite(
    package: ModuleType, stage: StageMaker, rules: tuple[Rule, ...] = RULES
) -> Callable[..., None]:
    """The test of one connector: bind it to a name that begins with `test_`.

    `package` is the connector's folder, imported; `stage` makes a vendor to play against.
    """
    connector: Connector = package.CONNECTOR
    folder = Path(str(package.__file__)).parent

    @pytest.mark.parametrize(("rule", "document"), list(_parameters(connector, rules)))
    def test_contract(rule: Rule, document: Word | None, request: pytest.FixtureRequest) -> None:
        """The connector keeps the rule."""
        names = frozenset(rule.name for rule in RULES)
        subject = Subject(connector, folder, request.path.parent, names)
        fault = asyncio.run(_broken(rule, Trial(subject, stage, document)))
        if fault:
            pytest.fail(f"{rule.sentence}\n{fault}", pytrace=False)

    return test_contract


async def _broken(rule: Rule, trial: Trial) -> str:
    """How the rule is broken; empty where it is kept. A stage that is not built keeps none."""
    try:
        await rule.run(trial)
    except (Broken, NotImplementedError) as broken:
        return str(broken) or repr(broken)
    return ""


def _parameters(connector: Connector, rules: tuple[Rule, ...]) -> Iterator[ParameterSet]:
    waived = {(waiver.rule, waiver.document): waiver.why for waiver in connector.manifest.waivers}
    for rule in rules:
        for document in rule.applies(connector.manifest):
            name = f"{document}-{rule.name}" if document else rule.name
            why = waived.get((rule.name, None)) or waived.get((rule.name, document))
            marks = [_waiver(why)] if why else []
            yield pytest.param(rule, document, id=name, marks=marks)


def _waiver(why: str) -> pytest.MarkDecorator:
    # Strict: a waiver of a rule that is kept is a failure too.
    return pytest.mark.xfail(reason=why, strict=True, raises=pytest.fail.Exception)
