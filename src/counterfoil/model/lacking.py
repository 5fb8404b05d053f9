"""What a target says of a document that it cannot take yet, since it has nothing of another one."""

from __future__ import annotations

from counterfoil.model.document import Ref
from counterfoil.model.words import Word
from counterfoil.values.errors import Hold


class Lacking(Hold):
    """The target has nothing of the document `ref` (its word, and a name that people use), which
    this one is of: it waits for that, where a route of ours brings it."""

    def __init__(self, said: str, *, ref: tuple[Word, str], do: str, code: str) -> None:
        super().__init__(said, do=do, where=ref[1], code=code)
        self.ref = Ref(*ref)
