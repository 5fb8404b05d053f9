"""A deferred package is loaded when something is asked of it, and then it is the package's own."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from counterfoil.values.deferred import Deferred


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "slow_package.py").write_text("class Error(Exception): ...\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "slow_package", raising=False)
    return "slow_package"


def test_nothing_is_loaded_until_something_is_asked(package: str) -> None:
    slow = Deferred(package)
    assert package not in sys.modules
    error = slow.Error
    assert error is sys.modules[package].Error
    assert slow.Error is error


def test_what_it_does_not_have_is_an_attribute_error(package: str) -> None:
    with pytest.raises(AttributeError, match="slow_package"):
        Deferred(package).Missing  # noqa: B018
