"""Audit: two systems' exports, read only: missing, twice, different and unmapped, in money."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

import msgspec

from counterfoil.reconcile.audit import audit as compared
from counterfoil.reconcile.findings import Audit
from counterfoil.reconcile.sample import Asked, Two
from counterfoil.surfaces.desk.acts import asks
from counterfoil.values.errors import Misconfigured

_CODE = re.compile(r"[A-Z]{3}")


class AuditAsked(msgspec.Struct, frozen=True):
    """Two files, and what is told of their columns, each as "LEFT=RIGHT" or one name for both."""

    left: Path
    right: Path
    key: str = ""
    amount: str = ""
    date: str = ""
    fields: tuple[str, ...] = ()
    currency: str = ""


@asks("audit", money="shown")
def audit(asked: AuditAsked) -> Audit:
    """Compare two exports document by document; nothing is written but a report, where asked for.

    Raises `Misconfigured` where a column is not there or nobody can tell which is meant, `Refuse`
    where a file is none.
    """
    if asked.currency and not _CODE.fullmatch(asked.currency):
        raise Misconfigured(
            f"{asked.currency!r} is no currency code.", do="Write GBP, say.", where="--currency"
        )
    columns = Asked(
        _two(asked.key, "--key"),
        _two(asked.amount, "--amount"),
        _two(asked.date, "--date"),
        tuple(_two(field, "--field") for field in asked.fields),
        asked.currency,
    )
    with tempfile.TemporaryDirectory(prefix="counterfoil-") as folder:
        return compared(asked.left, asked.right, columns, Path(folder))


def _two(name: str, option: str) -> Two:
    left, sign, right = name.partition("=")
    if sign and not (left and right):
        raise Misconfigured(
            f"{name!r} names one column.",
            do="Write LEFT=RIGHT, or one name for both.",
            where=option,
        )
    return left, right if sign else left
