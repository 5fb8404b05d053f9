"""Registry: every act of the desk, whichever file declares it. For policies, docs and doors."""

from __future__ import annotations

from collections.abc import Mapping

from counterfoil.surfaces.desk import (
    audit,
    audit_page,
    balance,
    causes,
    checks,
    close,
    close_pack,
    connections,
    connectors,
    coverage,
    database,
    duties,
    edits,
    exports,
    holds,
    left_out,
    loads,
    losses,
    metrics,
    privacy,
    privacy_export,
    project,
    receipts,
    reconcile,
    releases,
    routes,
    search,
    settings,
    stock,
    today,
    tokens,
    trace,
    trial,
    users,
    waiting,
    watch,
    words,
)
from counterfoil.surfaces.desk.acts import ACTS, Act

QUESTIONS = (
    audit, audit_page, balance, causes, checks, close, close_pack, connections, connectors,
    coverage, database, duties, edits, exports, holds, left_out, loads, losses, metrics, privacy,
    privacy_export, project, receipts, reconcile, releases, routes, search, settings, stock, today,
    tokens, trace, trial, users, waiting, watch, words,
)  # fmt: skip
"""The files of the desk in which questions and acts stand."""


def acts() -> Mapping[str, Act]:
    """Every act by name, in the order of the alphabet."""
    return dict(sorted(ACTS.items()))
