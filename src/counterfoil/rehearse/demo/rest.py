"""Whether a rehearsal has come to rest: nothing moves on any side, and nothing can be unheard.

A seller tells of what it does, and what it has to tell is counted. What another system does by
itself is only found by a listing: so it must have been listed once more, from beginning to end,
since the last thing moved.
"""

from __future__ import annotations

from counterfoil.app import House
from counterfoil.flows.route import HOUSE, Route
from counterfoil.ledger.account import IN_FLIGHT
from counterfoil.rehearse.demo import outcome
from counterfoil.rehearse.demo.project import Rehearsal
from counterfoil.store import pages, pipe, standings
from counterfoil.values.clock import Instant, from_stdlib, seconds_between

_LOOKS = 3  # in a row
_SOON_S = 600.0
_ENDINGS = 3  # the first was before, the second may have begun before, the third began since


class Rest:
    """What is seen of a house at each look."""

    def __init__(self, house: House, found: Rehearsal) -> None:
        self._house = house
        self._found = found
        self._sellers = {part.connection for part in found.played.sellers}
        self._looks = 0
        self._listed: dict[str, list[Instant | None]] = {}

    def stir(self) -> None:
        """Something moved, or could not be asked."""
        self._looks = 0
        self._listed.clear()

    async def look(self) -> tuple[int, int]:
        """Look once: orders at rest, and sales planned."""
        rested = planned = 0
        still = True
        reports = {name: await outcome.report(port) for name, port in self._found.ports.items()}
        for route in self._house.engine.routes.values():
            states = await standings.progress(self._house.engine.database, route.id)
            moving = sum(states.get(state, 0) for state in IN_FLIGHT)
            source, still = route.plan.source, still and not moving
            if source == HOUSE:
                continue
            report = reports[source]
            still = still and not report["pending"]
            if self._told(route):
                at_rest, placed = sum(states.values()) - moving, report["orders"]
                still = still and placed >= report["planned"] and at_rest >= placed
                rested, planned = rested + at_rest, planned + report["planned"]
        if not still or await self._at_work():
            self.stir()
        else:
            await self._note()
        return rested, planned

    async def complete(self) -> bool:
        """Whether it has been still for long enough, the sources, asked again, list nothing that
        the journal does not know, and nothing that was sold is on its way to where it is shown."""
        heard = all(len(endings) >= _ENDINGS for endings in self._listed.values())
        if self._looks < _LOOKS or not heard:
            return False
        for route in self._house.engine.routes.values():
            balance = await outcome.recount(self._house, route)
            if balance.unaccounted or balance.in_flight:
                return False
        if await pipe.settled(self._house.engine.database):
            return True
        self.stir()  # what was found gone is reckoned, and then told
        return False

    async def _at_work(self) -> bool:
        """Whether any page is worked on, or will be soon; what waits for another document may wait
        for a day."""
        engine = self._house.engine
        waiting = await pages.open_now(engine.database)
        if waiting.due is None:
            return bool(waiting.open)
        return seconds_between(engine.clock.now(), from_stdlib(waiting.due)) < _SOON_S

    async def _note(self) -> None:
        self._looks += 1
        for route in self._house.engine.routes.values():
            if self._told(route):
                continue
            ended = await pipe.listed(self._house.engine.database, route.id)
            endings = self._listed.setdefault(route.name, [ended])
            if endings[-1] != ended:
                endings.append(ended)

    def _told(self, route: Route) -> bool:
        """Whether its source is a seller that tells of it."""
        return route.plan.document == "order" and route.plan.source in self._sellers
