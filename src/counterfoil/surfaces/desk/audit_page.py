"""The report of an audit as one page for people: it opens without a network and runs nothing.

Every word of a file is text there, whatever it looks like.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template

from counterfoil.reconcile.findings import Audit, Export, Finding
from counterfoil.surfaces.desk.acts import asks
from counterfoil.surfaces.desk.figures import counted
from counterfoil.values.errors import Misconfigured
from counterfoil.values.money import Money, plain

MOST = 5_000
"""So many findings a page shows; the JSON has all."""

KINDS = {
    "only-left": "only in the left file",
    "only-right": "only in the right file",
    "duplicate-left": "twice in the left file",
    "duplicate-right": "twice in the right file",
    "different": "different",
    "unmapped": "no word for it in the right file",
}


def money(minor: int, currency: str) -> str:
    """An amount for people; a plain number where no currency is known."""
    return str(Money(minor, currency)) if currency else plain(minor, currency)


def verdict(audit: Audit) -> str:
    """What came of it, in a sentence or two."""
    if audit.alike:
        return f"The two files agree: {counted(audit.same, 'document')}, each to the penny."
    differences = counted(len(audit.findings), "difference")
    documents = counted(audit.same, "document agrees", "documents agree")
    open_money = [
        money(sums.unexplained_minor, currency)
        for currency, sums in audit.currencies.items()
        if sums.unexplained_minor
    ]
    if not open_money:
        return f"{documents}, and {differences} found. All of the money is explained."
    return (
        f"{documents}, and {differences} found. {' and '.join(open_money)} of the money is"
        " explained by nothing that the files say."
    )


@asks("audit report", money="shown")
def write(path: Path, audit: Audit) -> None:
    """Write the audit as a new HTML page, which opens without a network."""
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(page(audit))
    except OSError as error:
        reason = "there is such a file already" if path.exists() else error.strerror
        raise Misconfigured(
            f"The report cannot be written ({reason}).",
            do="Name a new file for --report, in a folder that you may write to.",
            where=str(path),
        ) from None


def page(audit: Audit) -> str:
    """The page."""
    template = files("counterfoil.surfaces.desk").joinpath("audit_page.html").read_text("utf-8")
    names = (Path(audit.left.file).name, Path(audit.right.file).name)
    body = [
        f"<h1>{escape(names[0])} <span class=quiet>and</span> {escape(names[1])}</h1>",
        f"<p>{escape(verdict(audit))}</p>",
        *_table("Money", ("currency", *names, "difference", "explained", "unexplained"),
                _money_rows(audit), range(1, 6)),
        *_table("What explains it", ("currency", "cause", "amount"), _cause_rows(audit), (2,)),
        *_table("Documents", ("what", "documents"), _count_rows(audit), (1,)),
        *_table("Words that the right file lacks", ("field", "word", "documents"),
                [(word.field, word.value, str(word.documents)) for word in audit.unmapped], (2,)),
        *_table("Each difference", ("document", "what", *names, "amount", "because"),
                [_finding_row(finding) for finding in audit.findings[:MOST]], (4,)),
        f"<p class=quiet>{escape(more(audit))}</p>" if len(audit.findings) > MOST else "",
        *_table("What the columns were taken for", ("", *names), _column_rows(audit), ()),
        *(f"<p class=quiet>{escape(note)}</p>" for note in notes(audit)),
    ]  # fmt: skip
    return Template(template).substitute(
        left=escape(names[0]), right=escape(names[1]), body="\n".join(body)
    )


def more(audit: Audit) -> str:
    """How many findings a page leaves out."""
    return f"{counted(len(audit.findings) - MOST, 'further one')}: see the JSON."


def notes(audit: Audit) -> Sequence[str]:
    """What else is to be known of the two files."""
    return [
        f"{Path(export.file).name}: {note}"
        for export in (audit.left, audit.right)
        for note in (*export.notes, *_unread(export))
    ]


def _unread(export: Export) -> Iterable[str]:
    if export.unreadable:
        rows = ", ".join(map(str, export.unreadable[:20]))
        yield f"the amount of {counted(len(export.unreadable), 'row')} cannot be read ({rows})."
    if export.keyless:
        rows = ", ".join(map(str, export.keyless[:20]))
        yield f"{counted(len(export.keyless), 'row')} names no document ({rows})."


def _money_rows(audit: Audit) -> list[tuple[str, ...]]:
    return [
        (
            currency or "not stated",
            *(
                money(minor, currency)
                for minor in (
                    sums.left_minor,
                    sums.right_minor,
                    sums.difference_minor,
                    sum(sums.explained_minor.values()),
                    sums.unexplained_minor,
                )
            ),
        )
        for currency, sums in audit.currencies.items()
    ]


def _cause_rows(audit: Audit) -> list[tuple[str, ...]]:
    return [
        (currency or "not stated", cause, money(minor, currency))
        for currency, sums in audit.currencies.items()
        for cause, minor in sums.explained_minor.items()
    ]


def _count_rows(audit: Audit) -> list[tuple[str, ...]]:
    counts = {
        "alike in both": audit.same,
        "only in the left file": audit.only_left,
        "only in the right file": audit.only_right,
        "more than once in the left file": audit.duplicates_left,
        "more than once in the right file": audit.duplicates_right,
        **{f"different: {field}": count for field, count in audit.different.items()},
    }
    return [(name, f"{count:,}") for name, count in counts.items()]


def _finding_row(finding: Finding) -> tuple[str, ...]:
    kind = KINDS[finding.kind]
    return (
        finding.key,
        f"{kind}: {finding.field}" if finding.field else kind,
        finding.left,
        finding.right,
        money(finding.minor, finding.currency) if finding.currency else "",
        "; ".join(finding.causes),
    )


def _column_rows(audit: Audit) -> list[tuple[str, ...]]:
    ours, theirs = audit.left.columns, audit.right.columns
    return [
        ("key", ours.key, theirs.key),
        ("amount", ours.amount, theirs.amount),
        ("currency", ours.currency, theirs.currency),
        ("date", ours.date, theirs.date),
    ]


def _table(
    title: str, heads: Sequence[str], rows: Sequence[Sequence[str]], figures: Iterable[int]
) -> Iterable[str]:
    """A table under its title; nothing at all where it has no rows."""
    if not rows:
        return
    right = {*figures}
    yield f"<h2>{escape(title)}</h2>\n<div class=scroll><table>\n<thead><tr>"
    yield "".join(
        f"<th scope=col{' class=figure' if place in right else ''}>{escape(head)}</th>"
        for place, head in enumerate(heads)
    )
    yield "</tr></thead>\n<tbody>"
    for row in rows:
        cells = (
            f"<td{' class=figure' if place in right else ''}>{escape(cell)}</td>"
            for place, cell in enumerate(row)
        )
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</tbody></table></div>"
