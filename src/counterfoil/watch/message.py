"""Messages: four sentences. What happened, what it touches, what to do now, and what happens if
nobody does."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from importlib.resources import files

import msgspec

from counterfoil.values.clock import minute_of
from counterfoil.watch.expected import Expected, Kind, Touched
from counterfoil.watch.notebook import Alarm

_MOST = 8  # silences that one message tells in full


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The sentences of one kind of silence, with places for what the books say."""

    happened: str
    do: str
    otherwise: str


WORDS: Mapping[Kind, Words] = msgspec.convert(
    tomllib.loads((files("counterfoil.watch") / "words.toml").read_text("utf-8")),
    type=dict[Kind, Words],
)


class Message(msgspec.Struct, frozen=True):
    """What is sent to people: a line, what it says, and the names of the silences it tells of."""

    title: str
    body: str
    names: tuple[str, ...] = ()


def sentences(expected: Expected) -> str:
    """The four sentences of one silence, each on a line of its own."""
    words, facts = WORDS[expected.kind], _facts(expected)
    return "\n".join(
        (
            happened(expected),
            _touches(expected.touched),
            words.do.format_map(facts),
            words.otherwise.format_map(facts),
        )
    )


def happened(expected: Expected) -> str:
    """What is said to have happened where it is late."""
    return WORDS[expected.kind].happened.format_map(_facts(expected))


def _facts(expected: Expected) -> Mapping[str, str]:
    since = minute_of(expected.last) if expected.last is not None else "the beginning"
    return {"since": since, **expected.facts}


def _touches(touched: Touched) -> str:
    if not touched.documents:
        return "No document is touched by it yet."
    noun = "document" if touched.documents == 1 else "documents"
    money = ", ".join(str(amount) for amount in touched.money)
    worth = f", worth {money}" if money else ""
    return f"It touches {touched.documents:,} {noun}{worth}."


def of_alarms(estate: str, alarms: Sequence[Alarm]) -> Message:
    """One message of what is silent and of what is well again, however much it is."""
    silent = [alarm for alarm in alarms if alarm.ended is None]
    if not silent:
        title = "well again"
    elif len(silent) == 1:
        title = silent[0].text.splitlines()[0]
    else:
        title = f"{len(silent)} things did not happen"
    parts = [alarm.text for alarm in silent[:_MOST]]
    if len(silent) > _MOST:
        parts.append(f"And {len(silent) - _MOST} more; `counterfoil watch list` shows all.")
    parts += [
        f"Well again: {alarm.text.splitlines()[0]}" for alarm in alarms if alarm.ended is not None
    ]
    return Message(
        f"{estate}: {title}"[:200], "\n\n".join(parts), tuple(alarm.name for alarm in alarms)
    )
