"""A demo as a program asks for it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from journeys_environment import environment


def demo(folder: Path, *words: str, patience_s: float) -> Any:
    """What `counterfoil demo --json` tells; it must have ended well."""
    ended = subprocess.run(
        [sys.executable, "-m", "counterfoil", "demo", "--json", *words],
        cwd=folder,
        env=environment(TMPDIR=str(folder)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=patience_s,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)["data"]
