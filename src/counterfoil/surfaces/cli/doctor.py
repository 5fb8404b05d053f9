"""`doctor`: everything that can be checked, each with what was found and what mends it."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.surfaces.cli import logs
from counterfoil.surfaces.cli.opening import asker
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk.checks import Finding, findings
from counterfoil.surfaces.desk.exits import Exit

_MARKS = {"fine": "ok   ", "note": "note ", "wrong": "WRONG"}
_GRAVEST = (Exit.BROKE, Exit.WRONG, Exit.SIGN_IN, Exit.AWAY, Exit.REFUSED, Exit.DIFFERENCES)


async def doctor(*, offline: bool = False, say: Spoken) -> int:
    """Check everything: configuration, secrets, database, connections, routes, clock, disk.

    Args:
        offline: Call nobody outside this machine.
    """
    logs.arrange(say.flags)
    answer = await findings(lambda: asker(say), offline=offline)
    say.answer("doctor", answer, lambda: _show(say, answer))
    codes = {finding.exit for finding in answer}
    return next((grave for grave in _GRAVEST if grave in codes), Exit.DONE)


def _show(say: Say, answer: Sequence[Finding]) -> None:
    for finding in answer:
        say.line(f"{_MARKS[finding.state]}  {finding.what}: {finding.said}")
        if finding.do:
            say.line(f"       {finding.do}")
