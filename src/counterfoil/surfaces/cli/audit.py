"""`audit`: two systems or their exports, read only, compared by document and in money."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from counterfoil.reconcile.findings import Audit
from counterfoil.surfaces.cli.flags import Limit
from counterfoil.surfaces.cli.opening import staffed
from counterfoil.surfaces.cli.say import Say, Spoken
from counterfoil.surfaces.desk import audit as asking
from counterfoil.surfaces.desk import audit_page
from counterfoil.surfaces.desk.audit import AuditAsked
from counterfoil.surfaces.desk.audit_page import KINDS, money, notes, verdict
from counterfoil.surfaces.desk.exits import Exit


@Parameter(name="*")
@dataclass(frozen=True)
class Told:
    """What is told of the columns, and of connections; a column that is not told is guessed.

    Args:
        key: What names a document: LEFT=RIGHT, or one name for both.
        amount: What it is worth: LEFT=RIGHT, or one name for both.
        date: When it was made: LEFT=RIGHT, or one name for both.
        fields: A further column that is compared, LEFT=RIGHT; may be given several times.
        currency: The currency of rows that name none, such as GBP.
        document: What connections are asked for, by its word.
        start: Of connections: what was created from this day of UTC on, or from a moment.
        end: Of connections: up to this day of UTC, or before a moment.
    """

    key: str = ""
    amount: str = ""
    date: str = ""
    fields: Annotated[tuple[str, ...], Parameter(name="--field", negative=())] = ()
    currency: str = ""
    document: str = ""
    start: Annotated[str | None, Parameter(name="--from")] = None
    end: Annotated[str | None, Parameter(name="--to")] = None


GUESSED = Told()


async def audit(
    left: Path,
    right: Path,
    /,
    *,
    told: Told = GUESSED,
    report: Path | None = None,
    limit: Limit = 20,
    say: Spoken,
) -> int:
    """Compare two systems: what is missing, twice, different or unmapped, and what it is worth.

    Exports as CSV, Parquet or Excel need no project, and nobody is called. Connections are named as
    in the project, and only read. Nothing is written but a report.

    Args:
        left: One system's export, such as the shop's; or a connection.
        right: The other's, such as the ERP's; or a connection.
        report: Write a page for people to this new file.
        limit: Show at most so many differences; --json has all.
    """
    asked = AuditAsked(left, right, **asdict(told))
    if asked.connections:
        async with staffed(say) as opened:
            answer = await asking.between(opened, asked)
    else:
        answer = asking.audit(asked)
    if report is not None:
        audit_page.write(report, answer)
        say.note(f"The report is in {report}.")
    say.answer("audit", answer, lambda: _show(say, answer, limit))
    return Exit.DONE if answer.alike else Exit.DIFFERENCES


def _show(say: Say, answer: Audit, limit: int) -> None:
    say.line(verdict(answer))
    rows = [
        (currency or "not stated", *(money(minor, currency) for minor in (
            sums.left_minor, sums.right_minor, sums.difference_minor,
            sum(sums.explained_minor.values()), sums.unexplained_minor)))
        for currency, sums in answer.currencies.items()
    ]  # fmt: skip
    heads = ("currency", "left", "right", "difference", "explained", "unexplained")
    say.table(heads, rows, right=(1, 2, 3, 4, 5))
    causes = [
        (currency, cause, money(minor, currency))
        for currency, sums in answer.currencies.items()
        for cause, minor in sums.explained_minor.items()
    ]
    if causes:
        say.line()
        say.table(("currency", "explained by", "amount"), causes, right=(2,))
    if answer.findings:
        say.line()
        say.table(
            ("document", "what", "left", "right", "because"),
            [
                (
                    finding.key,
                    f"{KINDS[finding.kind]}{': ' if finding.field else ''}{finding.field}",
                    finding.left,
                    finding.right,
                    "; ".join(finding.causes),
                )
                for finding in answer.findings[:limit]
            ],
        )
    if len(answer.findings) > limit:
        say.note(f"{len(answer.findings) - limit:,} more: raise --limit, or write a --report.")
    ours, theirs = answer.left.columns, answer.right.columns
    say.line()
    say.line(
        f"Compared by {ours.key} and {theirs.key}, {ours.amount or 'no amount'} and"
        f" {theirs.amount or 'no amount'}; --key and --amount say otherwise."
    )
    for note in notes(answer):
        say.line(note)
