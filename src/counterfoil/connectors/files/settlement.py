"""From the rows of one payout, as a file has them, to a `Settlement`: pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final, cast

import msgspec

from counterfoil.connectors.files.cells import Cells
from counterfoil.connectors.files.profile import Profile
from counterfoil.connectors.files.source import Kept
from counterfoil.connectors.files.table import KEY, FileRow
from counterfoil.kit.api.reading import NO_CURRENCY, known
from counterfoil.kit.formats.strict_json import Object
from counterfoil.mapping.convert import Converter, currency_code, identity, text
from counterfoil.mapping.field import Const, Each, Field, Part, Table
from counterfoil.mapping.mapper import Mapper
from counterfoil.mapping.valuemap import ValueMap
from counterfoil.model.settlement import KINDS, Presented, Row, Settlement, sums
from counterfoil.values.clock import Instant, instant
from counterfoil.values.digest import canonical, digest, short
from counterfoil.values.errors import Hold, Misconfigured

_STATUSES: Final = ("expected", "in-transit", "paid", "failed", "cancelled")
_OF_ENTRY: Final = frozenset(
    "entry kind amount fee fee-tax net at order order-number refund reference presented"
    " presented-currency rate".split()
)
OF_PAYOUT: Final = (
    "currency", "status", "issued", "arrived", "total", "total-gross", "total-fees",
    "total-reserve", "opening", "closing", "bank-reference",
)  # fmt: skip
"""What each row of a payout says alike."""
WORDS: Final = _OF_ENTRY | {*OF_PAYOUT, KEY}
"""Our words for columns."""


class Payouts:
    """Makes payouts of the rows of one connection's files."""

    def __init__(self, profile: Profile) -> None:
        self.cells = cells = Cells(profile.settings)
        self._provider, self._currency = profile.settings.provider, profile.settings.currency
        kind = _words(profile.kinds, KINDS, "kind of an entry")
        status = _words(profile.statuses, _STATUSES, "status of a payout")
        money = cells.money
        presented = Table(
            "file presented",
            (
                Field("currency", "presented-currency", currency_code, ""),
                Field("amount_minor", "presented-minor", lambda value, currency: value, 0),
                Field("rate", "rate", text, ""),
            ),
            Presented,
        )
        entry = Table(
            "file entry",
            (
                Field("key", "entry", identity),
                Field("kind", "kind", kind),
                Field("word", "kind"),
                Field("amount_minor", "amount", money),
                Field("fee_minor", "fee", money, 0),
                Field("fee_tax_minor", "fee-tax", money, 0),
                Field("net_minor", "net", money, None),
                Field("happened", "at", cells.moment, ""),
                Field("order", "order", text, ""),
                Field("order_number", "order-number", text, ""),
                Field("refund", "refund", text, ""),
                Field("reference", "reference", text, ""),
                Part("presented", "", presented),
            ),
            _row,
        )
        payout = Table(
            "file payout",
            (
                Field("key", KEY, identity),
                Field("number", KEY, identity),
                Field("status", "status", status, "paid"),
                Field("issued", "issued", cells.moment),
                Field("arrived", "arrived", cells.moment, ""),
                Field("as_of", "as-of"),
                Field("currency", "currency", currency_code),
                Field("net_minor", "total", money, None),
                Field("gross_minor", "total-gross", money, None),
                Field("fees_minor", "total-fees", money, None),
                Field("reserve_minor", "total-reserve", money, None),
                Field("opening_minor", "opening", money, None),
                Field("closing_minor", "closing", money, None),
                Field("bank_reference", "bank-reference", text, ""),
                Const("provider", self._provider),
                Each("rows", "rows", entry),
            ),
            _payout,
        )
        self._mapper = Mapper(payout)

    def document(self, kept: Kept, as_of: str) -> Settlement:
        """The payout that these rows are. Raises `Hold` where a cell cannot be read, or the rows
        contradict each other."""
        payout: Object = {word: self._alike(kept, word) for word in OF_PAYOUT}
        currency = currency_code(payout["currency"] or self._currency, "")
        rows = [self._entry(row, currency) for row in kept.rows]
        times = Counter[str]()
        for row in rows:  # two entries may say the very same
            times[row["entry"]] += 1
            if "entry" not in kept.rows[0] and times[row["entry"]] > 1:
                row["entry"] = f"{row['entry']}-{times[row['entry']]}"
        whole = {**payout, "currency": currency, KEY: kept.key, "as-of": as_of, "rows": rows}
        return self._mapper.run(whole, currency)

    def worth(self, kept: Kept) -> tuple[int, str, Instant | None]:
        """What is at stake in what cannot be read, and when it was made, as well as it is known."""
        first = kept.rows[0] if kept.rows else {}
        currency = known(currency_code, first.get("currency") or self._currency, NO_CURRENCY)
        issued = known(self.cells.moment, first.get("issued"), "")
        stated = known(self.cells.money, first.get("total"), None, currency)
        net = sum(self._net(row, currency) for row in kept.rows) if stated is None else stated
        return net, currency, instant(issued) if issued else None

    def _net(self, row: FileRow, currency: str) -> int:
        amount, net, fee, tax = (
            known(self.cells.money, row.get(word), None, currency)
            for word in ("amount", "net", "fee", "fee-tax")
        )
        if net is None and amount is not None:
            net = amount - (fee or 0) - (tax or 0)
        return net or 0

    def _alike(self, kept: Kept, word: str) -> str | None:
        words = dict.fromkeys(row.get(word) for row in kept.rows)
        if len(words) > 1:
            cells = ", ".join(sorted(repr(cell or "") for cell in words)[:3])
            raise Hold(
                f"The rows of payout {kept.key} differ in {word}: {cells}.",
                do="Each row of one payout says the same of it: correct the file, or its column.",
                where=word,
                code="bad-cell",
            )
        return next(iter(words), None)

    def _entry(self, row: FileRow, currency: str) -> Object:
        """A row with a name of its own, and what the card was charged: with the sign of what the
        balance gained, which providers leave away (recorded)."""
        entry: Object = {**row, "entry": row.get("entry") or short(digest(canonical(row)))}
        code = row.get("presented-currency", "")
        if code and code != currency and "presented" in row:
            amount = abs(self.cells.money(row["presented"], code))
            entry["presented-minor"] = -amount if row.get("amount", "").startswith("-") else amount
        else:
            entry.pop("presented-currency", None)
        return entry


def _row(**fields: object) -> Row:
    """An entry; its net, where the file does not tell it, is what is left of its amount."""
    stated = fields["net_minor"]
    row = msgspec.convert({**fields, "net_minor": stated or 0}, Row, from_attributes=True)
    net = row.amount_minor - row.fee_minor - row.fee_tax_minor
    return row if stated is not None else msgspec.structs.replace(row, net_minor=net)


def _payout(**fields: object) -> Settlement:
    """A payout; where the file does not tell what goes to the bank, it is what its entries come
    to."""
    if fields["net_minor"] is None:
        fields["net_minor"] = sums(cast("tuple[Row, ...]", fields["rows"])).net_minor
    return msgspec.convert(fields, Settlement, from_attributes=True)


def _words(words: ValueMap | None, ours: Sequence[str], what: str) -> Converter:
    """A converter to one of our own words. Raises `Misconfigured` for a map to others."""
    if words is not None and (foreign := {*words.values.values()} - {*ours}):
        raise Misconfigured(
            f"{min(foreign)!r} in value map {words.name!r} is no {what}.",
            do=f"Use {', '.join(ours)}.",
        )

    def convert(value: object, currency: str) -> str:
        word = text(value, currency)
        word = words.look_up(word) if words is not None else word
        if word not in ours:
            raise Hold(
                f"{word[:40]!r} is no {what}.",
                do=f"Name a value map in this connection's settings, to {', '.join(ours)}.",
                code="bad-cell",
            )
        return word

    return convert
