"""Findings: what is not alike in two books, each with what it is worth and what explains it.

The explained by cause and the unexplained are together the whole difference, in every currency.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from itertools import chain

import msgspec

from counterfoil.reconcile.columns import Columns
from counterfoil.reconcile.compare import Pair, Row, Side, Totals
from counterfoil.reconcile.explain import Stated, explain
from counterfoil.values.money import plain

AMOUNT, CURRENCY = "amount", "currency"
_TRANSLATED = 0.5  # of the documents differ in a field: then its values are words of two languages
_WORDS = 200  # values that such a language has at most


class Export(msgspec.Struct, frozen=True):
    """One side as it was read: which column was taken for what, and what to know of the reading.

    `documents` have an amount that can be read; `unreadable` and `keyless` are the numbers of rows
    whose amount, or key, is none.
    """

    file: str
    columns: Columns
    documents: int
    unreadable: tuple[int, ...]
    keyless: tuple[int, ...]
    notes: tuple[str, ...] = ()


class Finding(msgspec.Struct, frozen=True):
    """One thing that is not alike: of which document and what, as either side says it.

    `kind` is "only-left", "only-right", "duplicate-left", "duplicate-right", "different" or
    "unmapped" (the right has no word for the left's); of the last two `field` says of what.
    `minor` is by how much the left is more, in minor units of `currency`; `causes` what makes it
    up, in words, and empty where that is not known.
    """

    kind: str
    key: str
    field: str = ""
    left: str = ""
    right: str = ""
    minor: int = 0
    currency: str = ""
    causes: tuple[str, ...] = ()


class Sums(msgspec.Struct, frozen=True):
    """What is at stake in one currency, in minor units; the explained by cause and the unexplained
    are together the difference."""

    left_minor: int
    right_minor: int
    difference_minor: int
    explained_minor: Mapping[str, int]
    unexplained_minor: int


class Unmapped(msgspec.Struct, frozen=True):
    """A value of the left that has no value on the right; `documents` say it."""

    field: str
    value: str
    documents: int


class Audit(msgspec.Struct, frozen=True):
    """What two exports say of the same documents. `different` counts documents by field."""

    left: Export
    right: Export
    same: int
    only_left: int
    only_right: int
    duplicates_left: int
    duplicates_right: int
    different: Mapping[str, int]
    currencies: Mapping[str, Sums]
    unmapped: tuple[Unmapped, ...]
    findings: tuple[Finding, ...]

    @property
    def alike(self) -> bool:
        """Whether nothing at all is found."""
        unread = chain(
            self.left.unreadable, self.left.keyless, self.right.unreadable, self.right.keyless
        )
        return not (self.findings or any(unread))


class Known(msgspec.Struct, frozen=True):
    """What the findings are made of: all that is not alike, both sides with their totals, the rows
    without a key, and the newest moment that each side states."""

    pairs: Sequence[Pair]
    sides: tuple[Side, Side]
    totals: tuple[Sequence[Totals], Sequence[Totals]]
    keyless: tuple[Sequence[int], Sequence[int]]
    latest: tuple[str | None, str | None]


def findings(known: Known) -> Audit:
    """Everything that is not alike, and its money."""
    left, right = (_export(known, place) for place in (0, 1))
    alike = left.documents - sum(_readable(pair.left) for pair in known.pairs)
    matched = alike + sum(bool(pair.left and pair.right) for pair in known.pairs)
    languages = {
        place: language
        for place in range(len(known.sides[0].fields))
        if (language := _language(known.pairs, place, matched)) is not None
    }
    book = _Book(known, languages)
    for pair in known.pairs:
        before = len(book.findings)
        book.take(pair)
        alike += len(book.findings) == before
    kinds = Counter(finding.kind for finding in book.findings)
    fields = Counter(finding.field for finding in book.findings if finding.kind == "different")
    words = Counter(
        (finding.field, finding.left) for finding in book.findings if finding.kind == "unmapped"
    )
    return Audit(
        left, right, alike,
        kinds["only-left"], kinds["only-right"], kinds["duplicate-left"], kinds["duplicate-right"],
        dict(sorted(fields.items())), book.sums(),
        tuple(Unmapped(*word, count) for word, count in words.most_common()),
        tuple(book.findings),
    )  # fmt: skip


def _export(known: Known, place: int) -> Export:
    side = known.sides[place]
    rows = [pair.right if place else pair.left for pair in known.pairs]
    unreadable = sorted(row.row for row in rows if row is not None and row.minor is None)
    return Export(
        str(side.sheet.path), side.columns, sum(total.documents for total in known.totals[place]),
        tuple(unreadable), tuple(known.keyless[place]), side.sheet.notes,
    )  # fmt: skip


def _readable(row: Row | None) -> bool:
    return row is not None and row.minor is not None


def _language(pairs: Sequence[Pair], place: int, matched: int) -> Mapping[str, str | None] | None:
    """Where most documents differ in a field, its values are words of two languages: by the left's
    the right's word for most. None where they are of one."""
    spoken: dict[str, Counter[str | None]] = defaultdict(Counter)
    differing = 0
    for pair in pairs:
        if pair.left and pair.right and (word := pair.left.fields[place]) is not None:
            spoken[word][pair.right.fields[place]] += 1
            differing += word != pair.right.fields[place]
    if differing <= _TRANSLATED * matched or len(spoken) > _WORDS:
        return None
    return {word: others.most_common(1)[0][0] for word, others in spoken.items()}


class _Book:
    """Findings as they come, and their money by currency and cause."""

    def __init__(self, known: Known, languages: Mapping[int, Mapping[str, str | None]]) -> None:
        self.findings: list[Finding] = []
        self._known = known
        self._languages = languages
        self._explained: dict[str, Counter[str]] = defaultdict(Counter)

    def take(self, pair: Pair) -> None:
        """Note everything in which the two sides of one document are not alike."""
        if pair.left is None or pair.right is None:
            self._alone(pair)
            return
        if pair.left.currency != pair.right.currency:
            self._currencies(pair.left, pair.right)
        elif pair.left.minor is None or pair.left.minor != pair.right.minor:
            self._amounts(pair.left, pair.right)
        for place, field in enumerate(self._known.sides[0].fields):
            ours, theirs = pair.left.fields[place], pair.right.fields[place]
            word = self._languages.get(place, {}).get(ours or "", ours)
            if ours and word is None and theirs is None:
                self.findings.append(Finding("unmapped", pair.left.name, field, ours))
            elif theirs not in (ours, word):
                finding = Finding("different", pair.left.name, field, ours or "", theirs or "")
                self.findings.append(finding)

    def sums(self) -> Mapping[str, Sums]:
        """By currency what is at stake."""
        sums: dict[str, Sums] = {}
        totals = [{total.currency: total.minor for total in side} for side in self._known.totals]
        for currency in sorted({*totals[0], *totals[1], *self._explained}):
            left, right = totals[0].get(currency, 0), totals[1].get(currency, 0)
            explained = dict(sorted(self._explained[currency].items()))
            unexplained = left - right - sum(explained.values())
            sums[currency] = Sums(left, right, left - right, explained, unexplained)
        return sums

    def _alone(self, pair: Pair) -> None:
        row, side, sign = (pair.left, "left", 1) if pair.left else (pair.right, "right", -1)
        assert row is not None
        until = self._known.latest[1 if pair.left else 0]
        cause = "duplicate" if pair.again else "missing"
        if cause == "missing" and row.moment and until and row.moment > until:
            cause = "timing"
        worth = sign * (row.minor or 0)
        finding = Finding(
            f"{'duplicate' if pair.again else 'only'}-{side}",
            row.name or "",
            left=_money(pair.left),
            right=_money(pair.right),
            minor=worth,
            currency=row.currency,
            causes=(f"the other file ends at {until}",) if cause == "timing" else (),
        )
        self.findings.append(finding)
        self._explained[row.currency][cause] += worth

    def _currencies(self, left: Row, right: Row) -> None:
        self._explained[left.currency]["fx"] += left.minor or 0
        self._explained[right.currency]["fx"] -= right.minor or 0
        self.findings.append(
            Finding("different", left.name, CURRENCY, _money(left), _money(right), 0, left.currency)
        )

    def _amounts(self, left: Row, right: Row) -> None:
        chosen: tuple[Stated, ...] = ()
        if left.minor is not None and right.minor is not None:
            chosen = self._causes(left, right, left.minor, right.minor)
        for amount in chosen:
            self._explained[left.currency][amount.cause] += amount.minor
        self.findings.append(
            Finding(
                "different", left.name, AMOUNT, _money(left), _money(right),
                (left.minor or 0) - (right.minor or 0), left.currency,
                tuple(f"{amount.cause}: {amount.place}, {plain(amount.minor, left.currency)}"
                      for amount in chosen),
            )
        )  # fmt: skip

    def _causes(self, left: Row, right: Row, ours: int, theirs: int) -> tuple[Stated, ...]:
        if ours == -theirs:
            return (Stated("sign", "the same amount with the other sign", ours - theirs),)
        if ours in (100 * theirs, -100 * theirs) or theirs in (100 * ours, -100 * ours):
            return (Stated("hundredfold", "one is a hundred times the other", ours - theirs),)
        stated = [
            Stated(cause, f"{column} of the {name} file", minor)
            for row, side, name in zip(
                (left, right), self._known.sides, ("left", "right"), strict=True
            )
            for (cause, column), minor in zip(side.evidence, row.evidence, strict=True)
            if minor
        ]
        return explain(ours - theirs, stated)


def _money(row: Row | None) -> str:
    """An amount in words; as it stands in its file where it cannot be read."""
    if row is None:
        return ""
    if row.minor is None:
        return row.said or ""
    return f"{plain(row.minor, row.currency)} {row.currency}".strip()
