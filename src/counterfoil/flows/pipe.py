"""The pipe: what documents that we have take, until the levels of their target show it.

It is entered in the very commit in which such a document is captured, so that no pool is told a
piece that is sold already.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from counterfoil.flows.route import Route
from counterfoil.store import levels, pipe
from counterfoil.store.pipe import Claim, Ends
from counterfoil.store.postgres import Transaction
from counterfoil.values.clock import Instant


class Entered(Protocol):
    """A version that was captured: of which document, whether a newer one is here already, and
    whether it is the first of its document."""

    subject: int
    late: bool
    first: bool

    @property
    def document(self) -> Any:
        """The document; None where it could not be read."""
        ...


async def enter(unit: Transaction, route: Route, versions: Sequence[Entered], at: Instant) -> None:
    """Let what the newest of these versions take stand in the pipe; and note what was sold."""
    if not route.claims:
        return
    newest = [version for version in versions if version.document is not None and not version.late]
    if not newest:
        return
    rules, gates = route.plan.rules, route.plan.gates
    claims = [
        Claim(version.subject, sku, pieces)
        for version in newest
        for sku, pieces in rules.claims(rules.part(version.document, gates)[0]).items()
    ]
    ends = Ends(route.id, route.source_connection, route.target_connection)
    await pipe.enter(unit, ends, [version.subject for version in newest], claims)
    first = {version.subject for version in newest if version.first}
    sales = [(claim.sku, claim.pieces) for claim in claims if claim.subject in first]
    await levels.sold(unit, route.source_connection, sales, at)


async def landed(unit: Transaction, route: Route, subjects: Sequence[int], at: Instant) -> None:
    """The target has these documents."""
    if route.claims and subjects:
        await pipe.there(unit, route.id, subjects, at)


async def ended(unit: Transaction, route: Route, subjects: Sequence[int]) -> None:
    """These documents are not to get to the target."""
    if route.claims and subjects:
        await pipe.leave(unit, route.id, subjects)
