"""`trace`: the story of one document, and with --evidence everything that was sent and answered."""

from __future__ import annotations

from collections.abc import Sequence

from counterfoil.surfaces.cli.opening import asker
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import trace as asking
from counterfoil.surfaces.desk.evidence import Exchange
from counterfoil.surfaces.desk.exits import Exit
from counterfoil.surfaces.desk.figures import iso
from counterfoil.surfaces.desk.opening import desk
from counterfoil.surfaces.desk.trace import Traced


async def trace(id: str, /, *, evidence: bool = False, say: Spoken) -> int:
    """Tell the story of one document.

    Args:
        id: Its number (with or without "#"), what any system calls it, or our record number.
        evidence: Show every request, answer and digest; people and secrets are masked.
    """
    async with desk(asker(say)) as opened:
        answer = await asking.trace(opened, id, evidence=evidence)
    say.answer("trace", answer, lambda: _show(say, answer, evidence=evidence))
    return Exit.DONE if answer.stories else Exit.DIFFERENCES


def _show(say: Say, answer: Traced, *, evidence: bool) -> None:
    if not answer.stories:
        last = f" Something was last seen at {iso(answer.last_seen)}." if answer.last_seen else ""
        say.line(
            f"No system has shown us {answer.identity}. It was looked for among people's numbers,"
            f" what any system calls them, and our records.{last}"
        )
        say.note("`counterfoil route run NAME` asks the source for what is new.")
    for story in answer.stories:
        say.heading(
            f"{story.number or story.key} on {story.route}, from {story.source} to"
            f" {story.target}: {story.state}"
        )
        say.lines(story.lines())
        records = ", ".join(str(record) for record in story.records)
        releases = " and ".join(str(number) for number in story.releases)
        under = f"; under release {releases}" if releases else ""
        say.line(f"(record {records}; {story.source} calls it {story.key}{under})")
    if evidence:
        _show_evidence(say, answer.evidence)


def _show_evidence(say: Say, evidence: Sequence[Exchange]) -> None:
    for exchange in evidence:
        say.line()
        say.heading(f"{exchange.at}  {exchange.what}  {exchange.address}")
        if exchange.sent:
            say.line(f"sent, digest {exchange.sent_digest}:")
            say.lines(exchange.sent.split("\n"))
        status = f"{exchange.status} in {exchange.seconds} s" if exchange.status else ""
        ended = exchange.failed or status
        say.line(f"answered {ended}, digest {exchange.answered_digest}:".replace(" ,", ","))
        say.lines(exchange.answered.split("\n"))
    if not evidence:
        say.line("No evidence was kept yet.")
