"""`privacy`: what is kept of a person, given out or taken away; and the key that seals secrets."""

from __future__ import annotations

import os
from pathlib import Path

from cyclopts import App

from counterfoil.surfaces.cli.opening import asker
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import privacy as desk_privacy
from counterfoil.surfaces.desk import privacy_export
from counterfoil.surfaces.desk.database import must
from counterfoil.surfaces.desk.envelope import encoded
from counterfoil.surfaces.desk.figures import counted
from counterfoil.surfaces.desk.opening import desk
from counterfoil.surfaces.desk.privacy import DueClass, ErasedNow, Plan
from counterfoil.values.errors import Misconfigured

privacy = App(name="privacy", help="A person's data: export, erase, due; rotate, scrub.")


@privacy.command
async def export(subject: str, file: Path, /, *, say: Spoken) -> None:
    """Write all that is kept of a person to one file that only this account can read.

    Args:
        subject: An e-mail, a telephone number, a document's number, or CONNECTION:ACCOUNT.
        file: A new file; JSON, and its `in_words` is for people.
    """
    must(file, there=False)
    async with desk(asker(say)) as opened:
        dossier = await privacy_export.export(opened, subject)
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(encoded(dossier).encode() + b"\n")
    say.answer("privacy-export", {"file": str(file), "summary": dossier.summary},
               lambda: say.line(f"Wrote {file}. {dossier.summary}"))  # fmt: skip


@privacy.command
async def erase(
    subject: str | None = None,
    /,
    *,
    due: bool = False,
    reason: str = "",
    yes: bool = False,
    say: Spoken,
) -> None:
    """Take a person out of everything that is kept; amounts, numbers and states stay.

    Args:
        subject: An e-mail, a telephone number, a document's number, or CONNECTION:ACCOUNT.
        due: Instead, whatever is past the time that the project keeps it (see `privacy due`).
        reason: Why.
        yes: Do not ask.
    """
    if due == (subject is not None):
        raise Misconfigured(
            "Say who is to be erased, or --due.", do="One of the two, and not both.", code="usage"
        )
    async with desk(asker(say)) as opened:
        if subject is None:
            rows = await desk_privacy.due(opened)
            _due(say, rows)
            documents = counted(sum(row.documents for row in rows), "document")
            say.sure(f"Erase what is past its time of {documents}?", "--yes", given=yes or not rows)
            acts = await desk_privacy.erase_due(opened)
        else:
            plan = await desk_privacy.plan(opened, subject)
            _planned(say, plan)
            documents = counted(plan.documents, "document")
            sure = yes or not plan.free
            say.sure(f"Erase this person from {documents} for good?", "--yes", given=sure)
            acts = [await desk_privacy.erase(opened, subject, reason)]
    say.answer("privacy-erase", acts, lambda: _erased(say, acts))


@privacy.command
async def due(*, say: Spoken) -> None:
    """List what is past the time that the project keeps it, by class and country."""
    async with desk(asker(say)) as opened:
        rows = await desk_privacy.due(opened)
    say.answer("privacy-due", rows, lambda: _due(say, rows))


@privacy.command
async def rotate(*, lost: bool = False, yes: bool = False, say: Spoken) -> None:
    """Make another master key; what it seals is sealed anew, and nothing else is rewritten.

    Args:
        lost: The key file is gone for good: begin with another. Sign-ins that rotate are lost.
        yes: Do not ask.
    """
    question = "Begin with another key? Whoever signs in by rotation must be signed in by hand."
    if lost:
        say.sure(question, "--yes", given=yes)
    async with desk(asker(say)) as opened:
        file = await desk_privacy.rotate(opened, lost=lost)
    say.answer("privacy-rotate", {"file": str(file)},
               lambda: say.line(f"The master key in {file} is another one now. Copy it to where"
                                " backups are kept."))  # fmt: skip


@privacy.command
async def scrub(*, yes: bool = False, say: Spoken) -> None:
    """Write the tables of people anew, so that no file of the database holds what was erased.

    Args:
        yes: Do not ask.
    """
    say.sure("Everybody at work on these tables waits meanwhile. Go on?", "--yes", given=yes)
    async with desk(asker(say)) as opened:
        await desk_privacy.scrub(opened)
    say.answer("privacy-scrub", {}, lambda: say.line("The tables are written anew."))


def _planned(say: Say, plan: Plan) -> None:
    documents, versions = counted(plan.documents, "document"), counted(plan.versions, "version")
    say.note(f"Kept of them: {documents}, {versions}. Known by: {', '.join(plan.known_by)}.")


def _due(say: Say, rows: list[DueClass]) -> None:
    if not rows:
        say.line("Nothing is past its time.")
        return
    cells = [
        (row.data_class, row.country or "other", str(row.documents), row.since.format_iso()[:10])
        for row in rows
    ]
    say.table(("kept", "country", "documents", "due since"), cells, right=(2,))


def _erased(say: Say, acts: list[ErasedNow]) -> None:
    for act in acts:
        documents = counted(act.documents, "document")
        say.line(f"Erased from {documents} ({act.why}), by {act.by}: erasure {act.id}.")
    if not acts:
        say.line("Nothing was erased.")
