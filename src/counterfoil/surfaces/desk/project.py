"""Project: a project folder to begin with; what is there already is never touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import msgspec

from counterfoil.app import registry
from counterfoil.config.content import DUTIES_FILE, PROJECT_FILE
from counterfoil.flows.rulebook import RULEBOOK
from counterfoil.model.words import TITLES
from counterfoil.surfaces.desk.acts import changes
from counterfoil.values.clock import Clock
from counterfoil.values.errors import Misconfigured
from counterfoil.values.ids import name as checked_name

_HEAD = """\
# One retailer: one project folder, one database.
# `counterfoil config schema` prints what may stand here; `config show --origin` what holds.

[estate]
name = "{name}"

[web]
host = "127.0.0.1"  # messages from the shop arrive here, behind your own https
port = 8470

# A connection is one account at one system. Secrets never stand here: "env:NAME" is read from
# the environment, "file:NAME" from secrets/NAME.

"""

_SAMPLES = """\
{samples}# The shop's words in the other system's words. An unknown word is held, never guessed.
# [maps.delivery.values]
# "Standard delivery" = "3"
"""

_ROUTE = """\
# The {many} of the shop, on their way to the office. Take the "#" away when both connections
# stand in counterfoil.toml.

# document = "{word}"
# source = "shop"
# target = "office"
# owner = "operations"         # who is asked when one is held
# mode = "near-real-time"      # messages, and a listing every cadence_s that finds lost ones
# cadence_s = 300
# latency_s = 60               # what was promised from source to target
# begins = "{begins}"  # older {many} are left out: another interface brought them
# confirm = "every"            # every record is read back and compared
# switch = "shadow"            # everything but the write, until you say `counterfoil route on`
"""

_DUTIES = """\
# Who does what here, and who answers for it. Take the "#" away and write your own people and teams:
# then `counterfoil doctor` names what is nobody's duty, or two people's. The most particular holds:
# a cause goes before a route, a route before its document, that before [default].

# [people]                             # by the name by which they sign in to the desk
# anna = "Anna Price"
# raj = "Raj Patel"

# [teams]
# operations = ["anna", "raj"]

# [default]
# accountable = "anna"                 # one person, who answers for it
# responsible = ["operations"]         # people or teams; the first is asked about what waits

# [causes.unmapped-value]              # or [routes.orders], [documents.order], [changes.maps]
# accountable = "anna"
# responsible = ["raj"]

# [rota.operations]                    # who of the team is on duty when
# zone = "Europe/London"
# otherwise = "anna"                   # who is asked when no shift is on

# [rota.operations.shifts.early]
# people = ["raj"]
# days = ["mon", "tue", "wed", "thu", "fri"]
# from = "07:00"
# until = "15:00"
"""

_ENVIRONMENT = """\
# Copy to .env on a laptop. What the real environment says goes before it.
# DATABASE_URL=postgresql://user@localhost/counterfoil
# COUNTERFOIL__WEB__PORT=8470
"""

_IGNORED = """\
.env
.counterfoil/
"""


_FIXED: Final = {
    ".env.example": _ENVIRONMENT,
    ".gitignore": _IGNORED,
    DUTIES_FILE: _DUTIES,
    "secrets/.gitignore": "*\n!.gitignore\n",
}

Whole = Callable[[str, Callable[[str, str], str]], Mapping[str, str]]
"""The files of an estate that begins at a moment, by their paths; it is told a function that says
of each setting of a system what it is for. What stands in the project's own file follows ours."""


class Begun(msgspec.Struct, frozen=True):
    """The folder, its estate's name, what was written in it, and what was there already."""

    folder: str
    estate: str
    written: list[str]
    present: list[str] = msgspec.field(name="kept")


@changes("init", reversible=True, undo="Remove the files that it names.")
def begin(folder: Path, name: str, clock: Clock, whole: Whole | None = None) -> Begun:
    """Write a project folder to begin with; nothing that is there is overwritten. It has the
    connections and routes of a `whole` estate, or samples.

    Without a name the estate has the folder's. Raises `Misconfigured` where the name is none, or
    the folder cannot be written.
    """
    estate = checked_name(name or _tidy(folder.name), where="--name")
    begins = f"{clock.now().to_stdlib():%Y-%m-%d}T00:00:00Z"
    files = {**_FIXED, **(_sampled(begins) if whole is None else whole(begins, _purpose))}
    files[PROJECT_FILE] = _HEAD.format(name=estate) + files[PROJECT_FILE]
    written = [path for path in files if not (folder / path).exists()]
    try:
        for path in written:
            (folder / path).parent.mkdir(mode=_mode(path), parents=True, exist_ok=True)
            (folder / path).write_text(files[path], "utf-8")
    except OSError as error:
        raise Misconfigured(
            f"{folder} cannot be written: {error.strerror}.", do="Name another folder."
        ) from None
    return Begun(str(folder), estate, written, sorted(set(files) - set(written)))


def _sampled(begins: str) -> dict[str, str]:
    """The connections and a route, each as it could be written."""
    word = next(iter(RULEBOOK))
    many = TITLES[word].many
    return {
        PROJECT_FILE: _SAMPLES.format(samples=_samples()),
        f"routes/{many}.toml": _ROUTE.format(begins=begins, word=word, many=many),
    }


def _purpose(system: str, setting: str) -> str:
    """What a setting of a system is for."""
    return registry().get(system).manifest.settings[setting].text


def _samples() -> str:
    """How connections begin, as each connector says it: sources first, and nothing of it holds."""
    manifests = [registry().get(name).manifest for name in registry().names()]
    sources = {
        manifest.name
        for manifest in manifests
        for document in manifest.documents.values()
        if "since" in document.verbs
    }
    manifests.sort(key=lambda manifest: manifest.name not in sources)
    samples = [manifest.sample.strip() for manifest in manifests]
    return "".join(
        "".join(f"# {line}\n" for line in sample.splitlines()) + "\n"
        for sample in samples
        if sample
    )


def _mode(path: str) -> int:
    return 0o700 if path.startswith("secrets/") else 0o755


def _tidy(text: str) -> str:
    """A folder's name as an estate's."""
    words = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in text)
    tidy = words.strip("-").lower()[:40]
    return tidy if tidy[:1].isalpha() else f"estate-{tidy}"[:40].rstrip("-")
