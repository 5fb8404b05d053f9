"""What is deployed: each role runs a command that there is, as nobody in particular, and no file
holds a secret."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from counterfoil.surfaces.cli.main import front

DEPLOY = Path(__file__).parents[2] / "deploy"
COMPOSE: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
OURS = {name: one for name, one in COMPOSE["services"].items() if name != "database"}
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
ROLES = {("up",), ("worker",), ("web",), ("watch", "run")}


def unit(path: Path) -> configparser.SectionProxy:
    """The [Service] of a unit."""
    read = configparser.ConfigParser(interpolation=None, delimiters=("=",), strict=True)
    read.optionxform = str  # pyright: ignore[reportAttributeAccessIssue] - as its docs say
    read.read_string(path.read_text("utf-8"))
    return read["Service"]


def words_of(path: Path) -> tuple[str, ...]:
    """What a unit asks of the command line."""
    return tuple(unit(path)["ExecStart"].split()[3:])


@pytest.mark.parametrize("words", sorted(ROLES), ids=" ".join)
def test_every_role_is_a_command(words: tuple[str, ...]) -> None:
    command, _, _ = front().parse_args([*words], print_error=False, exit_on_error=False)
    assert callable(command)


def test_containers_and_units_run_the_same_roles() -> None:
    assert {tuple(one["command"]) for one in OURS.values()} == ROLES
    assert {words_of(path) for path in UNITS} == ROLES


@pytest.mark.parametrize("name", OURS)
def test_a_container_can_write_nothing_but_the_project(name: str) -> None:
    service = OURS[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert [volume.rpartition(":")[2] for volume in service["volumes"]] == ["/project"]
    assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_the_image_runs_as_nobody_in_particular() -> None:
    lines = (DEPLOY / "Containerfile").read_text("utf-8").splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["10001:10001"]
    assert lines.index("USER 10001:10001") < lines.index('ENTRYPOINT ["counterfoil"]')


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_can_write_nothing_but_the_project(path: Path) -> None:
    service = unit(path)
    assert service["User"] == "counterfoil"
    assert service["ProtectSystem"] == "strict"
    assert service["ReadWritePaths"] == "/srv/counterfoil"
    assert service["CapabilityBoundingSet"] == ""
    assert service["NoNewPrivileges"] == "yes"


def test_no_file_holds_a_secret() -> None:
    values = re.findall(r"^([A-Z_]+)=(.*)$", (DEPLOY / "env.example").read_text("utf-8"), re.M)
    assert dict(values)["POSTGRES_PASSWORD"] == ""
    for service in COMPOSE["services"].values():
        for value in service["environment"].values():
            assert "password" not in value.lower() or "${POSTGRES_PASSWORD" in value
