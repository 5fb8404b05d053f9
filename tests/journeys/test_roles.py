"""Roles at the command line: an account that the desk knows may do what its role may, no more."""

from __future__ import annotations

from pathlib import Path

import pytest
from filled import fill
from journeys_environment import SECRETS


@pytest.fixture
async def shop(folder: Path, database: str, project, monkeypatch):
    """A project in which two orders wait, and in which Vera looks and Otto operates."""
    monkeypatch.setenv("DATABASE_URL", database)
    await fill(folder, {"DATABASE_URL": database, **SECRETS})
    for name, role in (("vera", "viewer"), ("otto", "operator")):
        ended = project("user", "add", name, "--role", role)
        assert ended.code == 0, ended.err
        assert ended.out.startswith("http://127.0.0.1:8480/welcome/")
        assert f"{name} comes in as {role}" in ended.err
    return project


def as_(name: str) -> dict[str, str]:
    return {"LOGNAME": name, "USER": name}


async def test_a_role_holds_at_the_command_line_too(shop) -> None:
    assert shop("hold", "list", **as_("vera")).code == 0
    refused = shop("hold", "resend", "--all", "--yes", **as_("vera"))
    assert refused.code == 6
    assert "for the role operator. Nothing was done." in refused.err.replace("\n", " ")
    assert shop("hold", "list", "--json").json["page"]["total"] == 3
    found = shop("search", "ann@example.org", "--from", "2026-11-02", **as_("vera"))
    assert (found.code, "#1001" in found.out) == (6, False)
    assert shop("hold", "resend", "--cause", "unmapped-value", "--yes", **as_("otto")).code == 0
    assert shop("hold", "list", "--json").json["page"]["total"] == 1


async def test_only_an_admin_says_who_comes_in(shop) -> None:
    for name in ("vera", "otto"):
        for words in (("add", "mallory", "--role", "admin"), ("role", name, "admin"),
                      ("remove", "otto"), ("list",)):  # fmt: skip
            assert shop("user", *words, **as_(name)).code == 6
    rows = shop("user", "list", "--json").data
    assert [(row["name"], row["role"], row["ready"]) for row in rows] == [
        ("otto", "operator", False), ("vera", "viewer", False),
    ]  # fmt: skip
    assert shop("user", "role", "vera", "operator").code == 0
    assert shop("user", "remove", "otto").code == 0
    assert [row["role"] for row in shop("user", "list", "--json").data] == ["operator"]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("add", "<b>", "--role", "viewer"), 2, "cannot be a person's name"),
        (("add", "new", "--role", "root"), 6, "The roles are viewer, operator, admin."),
        (("role", "nobody", "viewer"), 2, "There is nobody named 'nobody'"),
        (("remove", "nobody"), 2, "There is nobody named 'nobody'"),
    ],
)
async def test_what_is_wrong_is_said(shop, words, code: int, said: str) -> None:
    ended = shop("user", *words)
    assert ended.code == code
    assert said in ended.err
