"""The contract suite: what a connector must prove, shipped with the kit that it is built on.

A connector's test file names the connector and its stage, and gets every rule as a test:

    test_contract = suite(acme, stage)

For tests of its own `at_stage(CONNECTOR, stage)` opens the same connector beside the same vendor.

Only tests import this package: it needs pytest and hypothesis, which the house itself does not.
"""

from counterfoil.kit import workshop
from counterfoil.kit.asgi import AsgiWire
from counterfoil.kit.contract.book import OpenBook
from counterfoil.kit.contract.case import Case, at_stage
from counterfoil.kit.contract.clock import StoppedClock
from counterfoil.kit.contract.stage import Receiver, Runner, Sender, Stage, StageMaker

try:
    from counterfoil.kit.contract.suite import CONNECTION, RULES, suite
except ModuleNotFoundError as error:
    if error.name not in workshop.NEEDED:
        raise
    raise workshop.needs("The contract suite", workshop.lacking()) from None

__all__ = [
    "CONNECTION",
    "RULES",
    "AsgiWire",
    "Case",
    "OpenBook",
    "Receiver",
    "Runner",
    "Sender",
    "Stage",
    "StageMaker",
    "StoppedClock",
    "at_stage",
    "suite",
]
