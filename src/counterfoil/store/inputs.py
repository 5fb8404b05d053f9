"""Inputs: of what a record's intent was made beside its body, so that it can be made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from counterfoil.model.document import Ref
from counterfoil.model.words import Word
from counterfoil.store.postgres import Executor
from counterfoil.store.query import Query
from counterfoil.values.ids import RecordId

Names = Mapping[Ref, str]
"""What a target calls other documents, by how the record's source does."""

_DECODE = msgspec.msgpack.Decoder(list[tuple[Word, str, str]]).decode


class Input(NamedTuple):
    """The names that one record's intent was made of, packed."""

    record: RecordId
    names: bytes


_OF = Query("inputs_of", Input)


async def keep(unit: Executor, names: Mapping[RecordId, Names]) -> None:
    """Keep what each record is made of, where there is anything; the last of them stands."""
    packed = {
        record: msgspec.msgpack.encode(sorted((ref.word, ref.key, of[ref]) for ref in of))
        for record, of in names.items()
        if of
    }
    if packed:
        await unit.run("keep_inputs", list(packed), list(packed.values()))


async def of(db: Executor, records: Sequence[int]) -> Mapping[RecordId, Names]:
    """What those of these records were made of that were made of more than their body."""
    rows = await _OF.rows(db, records) if records else ()
    return {
        row.record: {Ref(word, key): name for word, key, name in _DECODE(row.names)} for row in rows
    }
