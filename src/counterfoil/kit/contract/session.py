"""Rules about a connection as a whole: it offers what is declared, and proves who answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from counterfoil.kit.capability import PORTS, VERBS
from counterfoil.kit.contract.call import calls, outcome
from counterfoil.kit.contract.case import Case, demand
from counterfoil.kit.contract.rule import (
    ABOUT_SOURCES,
    ABOUT_TARGETS,
    about_calls,
    about_session,
    is_source,
    is_target,
)
from counterfoil.mapping.recorder import rules
from counterfoil.values.errors import SignIn


@about_session
async def the_rung_is_rehearsed_on_a_twin(case: Case) -> None:
    """A connector above the rung "sketched" is rehearsed on a twin, which remembers."""
    sketched = case.manifest.rung == "sketched"
    demand(sketched or case.stage.twin, f"It is {case.manifest.rung}, and its stage is no twin.")


@about_session
async def verbs_exist_exactly_where_they_are_declared(case: Case) -> None:
    """A declared verb is a method of the document's port, and an undeclared one is not there."""
    session = case.open()
    for word, carries in case.manifest.documents.items():
        read = {*carries.verbs} & ABOUT_SOURCES if is_source(carries) else set[str]()
        written = {*carries.verbs} & ABOUT_TARGETS if is_target(carries) else set[str]()
        _same(f"{word} source", read, session.sources.get(word))
        _same(f"{word} target", written, session.targets.get(word))
        looks = callable(getattr(session.targets.get(word), "there", None))
        demand(
            looks == carries.reads_first,
            f"The {word} target {'has' if looks else 'lacks'} `there`, and the manifest says"
            f" {'otherwise' if looks else 'that it is read first'}.",
        )
    for port, verbs in PORTS.items():
        offers = case.manifest.ports.get(port)
        _same(port, {*offers.verbs} if offers else set(), session.ports.get(port), verbs)
    offered = {*session.sources, *session.targets, *session.ports}
    extra = sorted(offered - {*case.manifest.documents, *case.manifest.ports})
    demand(not extra, f"The session offers {', '.join(extra)}, which the manifest does not claim.")


@about_session
async def every_row_of_its_tables_has_an_id_of_its_own(case: Case) -> None:
    """The field tables by which documents are read and written are known once it is open, and no
    two rows have one id: the table's name and what the row fills."""
    session = case.open()
    tabled = bool(session.tables) or not case.manifest.documents
    demand(tabled, "It reads and writes by no field table: nothing can say what a change touches.")
    ids = Counter(name for table in session.tables for name, _ in rules(table))
    twice = sorted(name for name, count in ids.items() if count > 1)
    demand(not twice, f"Several rows are called {', '.join(twice[:4])}.")


@about_calls
async def the_probe_says_who_answered(case: Case) -> None:
    """The probe makes a call and gives one sentence about who answered."""
    answer = await case.open().probe()
    demand(_is_sentence(answer), f"The probe gave {answer!r}, which is no sentence.")
    demand(bool(case.postman.sent), "The probe made no call.")


@about_calls
async def a_wrong_credential_is_told_as_such(case: Case) -> None:
    """With wrong secrets every call ends in SignIn, which says what to do."""
    wrong = {name: f"wrong-{name}" for name in case.stage.secrets}
    for call in calls(case, case.open(wrong)):
        error = await outcome(call)
        demand(isinstance(error, SignIn), f"{call.name} with wrong secrets ended in {error!r}.")
        explained = error is not None and bool(error.said and error.do)
        demand(explained, f"{call.name} with wrong secrets does not say what to do.")


def _is_sentence(answer: object) -> bool:
    return isinstance(answer, str) and answer.endswith(".") and "\n" not in answer


def _same(port: str, declared: set[str], offered: object, known: Sequence[str] = VERBS) -> None:
    verbs = {verb for verb in known if callable(getattr(offered, verb, None))}
    missing, extra = sorted(declared - verbs), sorted(verbs - declared)
    demand(not missing, f"The {port} lacks {', '.join(missing)}, which the manifest declares.")
    demand(not extra, f"The {port} has {', '.join(extra)}, which the manifest does not declare.")
