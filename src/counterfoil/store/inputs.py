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

_DECODE = msgspec.msgpack.Decoder(list[tuple[Word, str, str]]).decode


class Input(NamedTuple):
    """What one record's intent was made of: the names of others, packed, and what was there."""

    record: RecordId
    names: bytes
    look: bytes


class Given(NamedTuple):
    """What a target calls other documents, by how the record's source does; and what it held, in
    the words of its connector's look."""

    names: Mapping[Ref, str]
    look: bytes


_OF = Query("inputs_of", Input)


async def keep(unit: Executor, by_record: Mapping[RecordId, Given]) -> None:
    """Keep what each record is made of, where there is anything; the last of them stands."""
    some = {record: inputs for record, inputs in by_record.items() if inputs.names or inputs.look}
    if some:
        names = [_packed(inputs.names) for inputs in some.values()]
        looks = [inputs.look for inputs in some.values()]
        await unit.run("keep_inputs", list(some), names, looks)


async def of(db: Executor, records: Sequence[int]) -> Mapping[RecordId, Given]:
    """What those of these records were made of that were made of more than their body."""
    rows = await _OF.rows(db, records) if records else ()
    return {row.record: Given(_unpacked(row.names), row.look) for row in rows}


def _packed(names: Mapping[Ref, str]) -> bytes:
    return msgspec.msgpack.encode(sorted((ref.word, ref.key, names[ref]) for ref in names))


def _unpacked(names: bytes) -> Mapping[Ref, str]:
    return {Ref(word, key): name for word, key, name in _DECODE(names)}
