"""Render: a page of a template, with money, moments and counts as people read them.

Everything that a template is given is text until a template says otherwise, and none does: what
somebody wrote into a note is inert.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse

from counterfoil.kit.field import Field, Kind
from counterfoil.surfaces.desk.figures import amount, counted, known
from counterfoil.surfaces.desk.inert import inert
from counterfoil.surfaces.desk.trace import Story
from counterfoil.surfaces.web.assets import address
from counterfoil.values.clock import Instant, instant, seconds_between
from counterfoil.values.money import Money

_DAY_S = 86_400
_MARKS = {
    "confirmed": ("good", "tick"), "delivered": ("good", "tick"), "merged": ("good", "tick"),
    "drifted": ("wrong", "ne"), "refused": ("wrong", "no"), "held": ("wait", "clock"),
    "in_doubt": ("wait", "doubt"), "waiting": ("wait", "clock"),
}  # fmt: skip
_SAID = {
    "confirmed": "arrived and read back", "delivered": "arrived", "merged": "already there",
    "drifted": "differs there", "refused": "refused", "held": "on hold", "in_doubt": "in doubt",
    "excluded": "left out", "superseded": "a newer one took its place", "waiting": "waits",
    "in_flight": "on the way", "captured": "on the way", "mapped": "on the way",
    "sending": "on the way",
}  # fmt: skip


def page(name: str, status: int = 200, /, **context: Any) -> HTMLResponse:
    """The page of a template."""
    return HTMLResponse(_templates().get_template(name).render(**context), status)


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("counterfoil.surfaces.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., object]] = {
        "money": money, "sums": sum_of, "clock": clock_time, "moment": moment, "span": span,
        "iso": iso, "state": state, "mark": mark, "field": field, "told": told,
        "minor": minor, "prose": prose, "standing_sentence": standing_sentence,
    }  # fmt: skip
    environment.filters.update(filters)  # pyright: ignore[reportUnknownMemberType]
    shared = {"asset": address, "counted": counted, "version": version("counterfoil")}
    environment.globals.update(shared)  # pyright: ignore[reportUnknownMemberType]
    return environment


def money(total: Money | None, cause: str = "") -> str:
    """An amount, with a minus that is one; what nobody could read is not nothing."""
    return _minus(str(known(total, cause) or "unknown amount"))


def sum_of(amounts: Iterable[Money]) -> str:
    """Sums of each currency, with a minus that is one."""
    return _minus(amount(amounts))


def minor(units: int, currency: str) -> str:
    """Minor units of a currency as an amount; of none, pieces."""
    return _minus(str(Money(units, currency)) if len(currency) == 3 else f"{units:,}")


def told(text: str) -> str:
    """Words from outside on one line: what cannot be seen in them is shown."""
    return inert(text)


def prose(text: str) -> Markup:
    """A sentence in which commands stand between backticks."""
    parts = escape(told(text)).split("`")
    return Markup("").join(
        Markup("<code>{}</code>").format(Markup(part)) if index % 2 else part  # noqa: S704
        for index, part in enumerate(parts)
    )


def standing_sentence(story: Story) -> str:
    """Where a document stands, with its number in place of "it"."""
    sentence = story.sentences[-1].said
    number = story.number or story.key
    return f"{number}{sentence[2:]}" if sentence.startswith("It ") else f"{number}: {sentence}"


def iso(when: Instant | str | None) -> str:
    """A moment for machines."""
    return when if isinstance(when, str) else when.format_iso() if when else ""


def moment(when: Instant | str | None) -> str:
    """A moment in full: Mon 30 Nov 2026 20:14:24 UTC."""
    stamp = _stamp(when)
    return f"{stamp:%a} {stamp.day} {stamp:%b %Y %H:%M:%S} UTC" if stamp else "never"


def clock_time(when: Instant | str | None, now: Instant) -> str:
    """A moment as short as today allows: 20:14, or 28 Nov 20:14."""
    stamp, today = _stamp(when), _stamp(now)
    if stamp is None or today is None:
        return "never"
    return f"{stamp:%H:%M}" if stamp.date() == today.date() else f"{stamp.day} {stamp:%b %H:%M}"


def span(start: Instant | str | None, end: Instant | str | None) -> str:
    """How long it is from one moment to another: 40 s, 12 min, 2 h 14 min, 1 d 3 h."""
    begun, ended = _instant(start), _instant(end)
    if begun is None or ended is None:
        return "never"
    seconds = max(0, round(seconds_between(begun, ended)))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min"
    if seconds < _DAY_S:
        return f"{seconds // 3600} h {seconds % 3600 // 60} min"
    return f"{seconds // _DAY_S} d {seconds % _DAY_S // 3600} h"


def state(word: str) -> str:
    """A state as people say it."""
    return _SAID.get(word, word.replace("_", " "))


def mark(word: str) -> tuple[str, str]:
    """The colour and the mark that go with a state, never without its word."""
    return _MARKS.get(word, ("", "dot"))


def field(content: Field, kind: Kind | None, currency: str) -> str:
    """What stands in a field: an amount as one, a text as it is."""
    if content is None or content == "":
        return "\u2013"
    if kind == "money" and isinstance(content, int) and currency:
        return _minus(str(Money(content, currency)))
    if isinstance(content, bool):
        return "yes" if content else "no"
    return told(str(content))


def _stamp(when: Instant | str | None) -> datetime | None:
    stamp = _instant(when)
    return stamp.to_stdlib().astimezone(UTC) if stamp else None


def _instant(when: Instant | str | None) -> Instant | None:
    return instant(when) if isinstance(when, str) and when else when or None  # pyright: ignore[reportReturnType]


def _minus(text: str) -> str:
    return text.replace("-", "\u2212")
