"""A folder of files keeps the kit's contract; the stage is a folder that fills."""

from __future__ import annotations

from counterfoil.connectors import files
from counterfoil.kit.contract import suite
from tests.connectors.files.files_stage import folder_of

test_contract = suite(files, folder_of())
