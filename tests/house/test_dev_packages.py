"""The product runs without the packages of its workshop: its modules are imported where none is.

Only the contract suite, which is tests, may ask for them, and then it says what it needs.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAY_NEED_THEM = "counterfoil.kit.contract"

IMPORTS = """\
import importlib, json, pkgutil, sys

blocked, excused = json.loads(sys.argv[1]), sys.argv[2]

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in blocked:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Blocked())
import counterfoil

told = {"imported": 0, "failed": {}, "excused": 0}
every = pkgutil.walk_packages(counterfoil.__path__, "counterfoil.", onerror=lambda name: None)
for module in every:
    if module.name.endswith("__main__"):
        continue
    try:
        importlib.import_module(module.name)
        told["imported"] += 1
    except BaseException as error:
        if module.name.startswith(excused):
            told["excused"] += 1
        else:
            told["failed"][module.name] = repr(error)
print(json.dumps(told))
"""


def names(requirements: list[str]) -> set[str]:
    """The distributions of these requirements, spelt as the index does."""
    found = (re.match(r"[\w.-]+", one) for one in requirements)
    return {re.sub(r"[-_.]+", "-", one[0]).lower() for one in found if one}


@pytest.fixture(scope="module")
def blocked() -> list[str]:
    """What the workshop's packages are imported as, less what the product itself depends on."""
    known = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    workshop = names([*known["dependency-groups"]["dev"], *known["project"]
                      ["optional-dependencies"]["proof"]])  # fmt: skip
    workshop -= names(known["project"]["dependencies"])
    return sorted(
        module
        for module, distributions in packages_distributions().items()
        if {re.sub(r"[-_.]+", "-", one).lower() for one in distributions} <= workshop
        and module.isidentifier()
        and not module.endswith("stubs")
    )


def test_no_module_needs_a_package_of_the_workshop(blocked: list[str], tmp_path: Path) -> None:
    assert {"pytest", "hypothesis", "xdist"} <= set(blocked)
    ended = subprocess.run(
        [sys.executable, "-c", IMPORTS, json.dumps(blocked), MAY_NEED_THEM],
        cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout)
    assert told["failed"] == {}
    assert told["excused"] > 0, "nothing was blocked: the contract suite could be imported"
    modules = [path for path in (ROOT / "src/counterfoil").rglob("*.py")
               if path.name != "__main__.py" and "contract" not in path.parts]  # fmt: skip
    assert told["imported"] >= len(modules) - 1, "the package itself is not walked"
