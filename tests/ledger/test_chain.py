"""The chain: whatever changes in a posting changes its digest; the order of writing does not."""

from __future__ import annotations

from entries import entry
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from counterfoil.ledger.account import MOVES, State
from counterfoil.ledger.counterfoil import Counterfoil
from counterfoil.ledger.run import Run, chain, gathered
from counterfoil.values.ids import RecordId

AT = "2026-11-02T12:00:00Z"
PAIRS = [(before, after) for before, ways in MOVES.items() for after in ways]
ENTRY = st.builds(
    lambda record, seq, pair, detail: entry(record, seq, pair[0], (pair[1],), detail),
    st.integers(1, 999), st.integers(1, 99), st.sampled_from(PAIRS), st.text(max_size=9),
)  # fmt: skip
ENTRIES = st.lists(ENTRY, min_size=1, max_size=6, unique_by=lambda one: (one.records[0], one.seq))


@given(st.binary(max_size=32), ENTRIES, st.randoms())
def test_the_order_in_which_entries_are_given_is_nothing(
    prior: bytes, entries: list[Run], chance: object
) -> None:
    shuffled = entries.copy()
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert chain(prior, AT, entries) == chain(prior, AT, shuffled)


@given(ENTRIES, st.data())
def test_any_change_of_any_entry_is_seen(entries: list[Run], data: st.DataObject) -> None:
    before = chain(b"", AT, entries)
    at = data.draw(st.integers(0, len(entries) - 1))
    one = entries[at]
    changed = data.draw(
        st.sampled_from(
            [
                replace(one, records=[RecordId(one.records[0] + 1000)]),
                replace(one, seq=one.seq + 100),
                replace(one, details=[one.details[0] + "x"]),
                *(replace(one, before=start, path=(end,)) for start, end in PAIRS),
            ]
        )
    )
    assume(changed != one)
    assert chain(b"", AT, [*entries[:at], changed, *entries[at + 1 :]]) != before


@given(ENTRIES)
def test_an_entry_more_or_less_is_seen(entries: list[Run]) -> None:
    more = entry(5000, 1, 0, (State.CAPTURED,))
    assert len({chain(b"", AT, one) for one in (entries, [*entries, more], entries[1:])}) == 3


@given(ENTRIES, st.binary(max_size=32), st.binary(max_size=32))
def test_what_went_before_and_when_are_part_of_it(
    entries: list[Run], prior: bytes, other: bytes
) -> None:
    assume(prior != other)
    assert chain(prior, AT, entries) != chain(other, AT, entries)
    assert chain(prior, AT, entries) != chain(prior, "2026-11-02T12:00:01Z", entries)


@given(ENTRY, ENTRY)
def test_words_cannot_pretend_to_be_another_entry(one: Run, other: Run) -> None:
    assume(one.records != other.records)
    both = chain(b"", AT, [one, other])
    said = f"{one.details[0]}\n{other.records[0]}|{other.seq}|{other.before}"
    forged = replace(one, details=[said])
    assert chain(b"", AT, [forged]) != both


@given(st.binary(max_size=32), ENTRIES)
def test_entries_gathered_into_runs_have_the_digest_that_they_had_one_by_one(
    prior: bytes, entries: list[Run]
) -> None:
    runs = gathered(
        (one.records[0], one.seq, one.before, one.path, one.details[0]) for one in entries
    )
    assert chain(prior, AT, runs) == chain(prior, AT, entries)


RUN = st.builds(
    lambda seq, pair, records, detail: Run(
        seq, pair[0], (pair[1],), records, [f"{detail}{one}" for one in records]
    ),
    st.integers(1, 99), st.sampled_from(PAIRS),
    st.lists(st.integers(1, 999).map(RecordId), min_size=2, max_size=6, unique=True),
    st.text(max_size=9),
)  # fmt: skip


@given(RUN, st.data())
def test_any_change_of_a_run_is_seen(run: Run, data: st.DataObject) -> None:
    at, other = data.draw(
        st.lists(st.integers(0, len(run.records) - 1), min_size=2, max_size=2, unique=True)
    )
    records, details = list(run.records), list(run.details)
    swapped = records.copy()
    swapped[at], swapped[other] = records[other], records[at]
    dropped = replace(
        run, records=records[:at] + records[at + 1 :], details=details[:at] + details[at + 1 :]
    )
    said = replace(run, details=[*details[:at], details[at] + "x", *details[at + 1 :]])
    told_of_all = replace(run, details=details[at : at + 1])
    changed = [replace(run, records=swapped), dropped, said, told_of_all]
    assert len({chain(b"", AT, [one]) for one in (run, *changed)}) == 5


def test_a_counterfoil_is_text_that_stays_the_same() -> None:
    stub = Counterfoil(sent="ab", identity="OR1", attempt=2, looked_up=True)
    assert stub.text() == '{"counterfoil":{"attempt":2,"found":true,"identity":"OR1","sent":"ab"}}'
