"""Time line: a story drawn to scale, so that a wait is as long as it was."""

from __future__ import annotations

import msgspec

from counterfoil.flows.trace import Sentence, Story
from counterfoil.values.clock import Instant, instant, seconds_between

_NAMED, _LONG = 3, 12.0  # waits that are named: so many, of at least so many percent


class Dot(msgspec.Struct, frozen=True):
    """One moment of a story on its line: in which lane, and how far along, in percent."""

    lane: int
    place: str
    moment: str
    sentence: str


class Gap(msgspec.Struct, frozen=True):
    """A wait between two moments: from where to where, in percent, and how long it was."""

    start: str
    end: str
    middle: str
    begun: str
    ended: str


class Line(msgspec.Struct, frozen=True):
    """A story drawn to scale."""

    lanes: tuple[str, ...]
    dots: tuple[Dot, ...]
    gaps: tuple[Gap, ...]
    begun: str
    ended: str


def line(story: Story) -> Line | None:
    """The moments of a story, to scale; None where all of it was at one moment."""
    sentences = story.sentences[:-1]  # the last one says where it stands, not what happened
    if len(sentences) < 2:
        return None
    begun, ended = _moment(sentences[0]), _moment(sentences[-1])
    length = seconds_between(begun, ended)
    if length <= 0:
        return None

    def along(sentence: Sentence) -> float:
        return 1 + 97 * seconds_between(begun, _moment(sentence)) / length

    places = [along(sentence) for sentence in sentences]
    dots = [
        Dot(_lane(story, sentence.said), f"{place:.2f}", sentence.at, sentence.said)
        for sentence, place in zip(sentences, places, strict=True)
    ]
    gaps = sorted(
        zip(places, places[1:], sentences, sentences[1:], strict=False),
        key=lambda pair: pair[0] - pair[1],
    )
    named = [
        Gap(f"{start:.2f}", f"{end:.2f}", f"{(start + end) / 2:.2f}", before.at, after.at)
        for start, end, before, after in gaps[:_NAMED]
        if end - start > _LONG
    ]
    lanes = (story.source, "Counterfoil", story.target)
    return Line(lanes, tuple(dots), tuple(named), sentences[0].at, sentences[-1].at)


def _lane(story: Story, said: str) -> int:
    """Who did what a sentence tells: its first word names the system, where it was one."""
    if said.startswith(f"{story.source} "):
        return 0
    return 2 if said.startswith((f"{story.target} ", "It was read back", "Looked up")) else 1


def _moment(sentence: Sentence) -> Instant:
    return instant(sentence.at)
