"""What Xero's answers mean: the table of its faults, and how its rows say what came of them."""

from __future__ import annotations

from typing import Final

from counterfoil.connectors.xero.profile import TITLE
from counterfoil.kit.api import faults
from counterfoil.kit.api.row_answers import RowAnswers

FAULTS: Final = faults.load(__package__ or "")
ROWS: Final = RowAnswers(
    title=TITLE,
    faults=FAULTS,
    failed=(
        ("HasErrors", True),
        ("HasValidationErrors", True),
        ("StatusAttributeString", "ERROR"),
    ),
    messages="ValidationErrors",
    text="Message",
    nobody="00000000-0000-0000-0000-000000000000",
    status=400,
    refused_at=("Elements",),
)
