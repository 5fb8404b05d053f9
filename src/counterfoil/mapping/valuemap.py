"""Value maps: one system's word for a thing, in another system's word; the unknown is held."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from importlib.resources import files
from typing import NamedTuple, TypeVar

import msgspec

from counterfoil.mapping.convert import text
from counterfoil.values.errors import Hold

T = TypeVar("T")


def words_of(package: str, shape: type[T]) -> T:
    """The words that the `words.toml` of a package's folder translates, in the shape of a struct
    whose fields are its tables. Raises `msgspec.ValidationError` for what is no word of ours."""
    return msgspec.toml.decode((files(package) / "words.toml").read_bytes(), type=shape)


class Met(NamedTuple):
    """A word that was looked up: in which map, and whether there was an answer."""

    map: str
    word: str
    known: bool


_MET: ContextVar[list[Met] | None] = ContextVar("met", default=None)


@contextmanager
def meeting() -> Generator[list[Met]]:
    """Note every word that is looked up inside the block."""
    met: list[Met] = []
    token = _MET.set(met)
    try:
        yield met
    finally:
        _MET.reset(token)


class ValueMap(msgspec.Struct, frozen=True):
    """A named table of words. `default` is used only where a person has written it down."""

    name: str
    values: Mapping[str, str]
    default: str | None = None
    case: bool = True

    def look_up(self, word: str) -> str:
        """The other system's word. Raises `Hold` (code "unmapped-value") where there is none."""
        answer = self.values.get(word if self.case else word.casefold(), self.default)
        if (met := _MET.get()) is not None:
            met.append(Met(self.name, word, answer is not None))
        if answer is None:
            raise Hold(
                f"{word!r} is not in the value map {self.name!r}.",
                do=f"Add it to value map {self.name}, then send the held records again.",
                where=self.name,
                code="unmapped-value",
            )
        return answer

    def convert(self, word: object, currency: str) -> str:
        """`look_up` as a field table's converter; an empty text stays one."""
        return self.look_up(text(word, currency)) if word else ""
