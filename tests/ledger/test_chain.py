"""The chain: whatever changes in a posting changes its digest; the order of writing does not."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from counterfoil.ledger.account import MOVES, State
from counterfoil.ledger.counterfoil import Counterfoil
from counterfoil.ledger.entry import Entry, chain
from counterfoil.values.ids import RecordId

AT = "2026-11-02T12:00:00Z"
PAIRS = [(before, after) for before, ways in MOVES.items() for after in ways]
ENTRY = st.builds(
    lambda record, seq, pair, detail: Entry(RecordId(record), seq, pair[0], (pair[1],), detail),
    st.integers(1, 999), st.integers(1, 99), st.sampled_from(PAIRS), st.text(max_size=9),
)  # fmt: skip
ENTRIES = st.lists(ENTRY, min_size=1, max_size=6, unique_by=lambda entry: (entry.record, entry.seq))


@given(st.binary(max_size=32), ENTRIES, st.randoms())
def test_the_order_in_which_entries_are_given_is_nothing(
    prior: bytes, entries: list[Entry], chance: object
) -> None:
    shuffled = entries.copy()
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert chain(prior, AT, entries) == chain(prior, AT, shuffled)


@given(ENTRIES, st.data())
def test_any_change_of_any_entry_is_seen(entries: list[Entry], data: st.DataObject) -> None:
    before = chain(b"", AT, entries)
    at = data.draw(st.integers(0, len(entries) - 1))
    one = entries[at]
    changed = data.draw(
        st.sampled_from(
            [
                replace(one, record=RecordId(one.record + 1000)),
                replace(one, seq=one.seq + 100),
                replace(one, detail=one.detail + "x"),
                *(Entry(one.record, one.seq, start, (end,), one.detail) for start, end in PAIRS),
            ]
        )
    )
    assume(changed != one)
    assert chain(b"", AT, [*entries[:at], changed, *entries[at + 1 :]]) != before


@given(ENTRIES)
def test_an_entry_more_or_less_is_seen(entries: list[Entry]) -> None:
    more = Entry(RecordId(5000), 1, 0, (State.CAPTURED,))
    assert len({chain(b"", AT, one) for one in (entries, [*entries, more], entries[1:])}) == 3


@given(ENTRIES, st.binary(max_size=32), st.binary(max_size=32))
def test_what_went_before_and_when_are_part_of_it(
    entries: list[Entry], prior: bytes, other: bytes
) -> None:
    assume(prior != other)
    assert chain(prior, AT, entries) != chain(other, AT, entries)
    assert chain(prior, AT, entries) != chain(prior, "2026-11-02T12:00:01Z", entries)


@given(ENTRY, ENTRY)
def test_words_cannot_pretend_to_be_another_entry(one: Entry, other: Entry) -> None:
    assume(one.record != other.record)
    both = chain(b"", AT, [one, other])
    forged = replace(one, detail=f"{one.detail}\n{other.record}|{other.seq}|{other.before}")
    assert chain(b"", AT, [forged]) != both


def test_a_counterfoil_is_text_that_stays_the_same() -> None:
    stub = Counterfoil(sent="ab", identity="OR1", attempt=2, found=True)
    assert stub.text() == '{"counterfoil":{"attempt":2,"found":true,"identity":"OR1","sent":"ab"}}'
