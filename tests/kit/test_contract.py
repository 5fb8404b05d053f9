"""The contract suite bites: each rule is broken by a connector that does just that wrong."""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from counterfoil.connectors import files, orderwise, shopify
from counterfoil.kit.connector import Connector, Opening, Session
from counterfoil.kit.contract import RULES, Stage, StoppedClock
from counterfoil.kit.contract.case import Broken, Subject
from counterfoil.kit.contract.rule import Rule, Trial
from counterfoil.kit.manifest import Limit, Manifest, Setting, Waiver
from counterfoil.mapping.recorder import recorded
from counterfoil.model.words import Word
from tests.connectors.orderwise.orderwise_stage import stage as office
from tests.connectors.shopify.shopify_stage import TOKEN, shop_of
from tests.kit import plain, saboteurs, test_contract_manners

NAMED = {rule.name: rule for rule in RULES}
FOLDER = Path(str(orderwise.__file__)).parent
AROUND_LIMITS = (
    "every_call_is_paid_for",
    "a_call_waits_while_a_budget_says_no",
    "no_more_calls_at_once_than_slots",
)
BITTEN_ALONE = {
    "every_row_of_its_tables_has_an_id_of_its_own",
    "a_port_says_what_it_offers",
    "every_run_of_a_window_is_listed_once",
    "what_is_run_again_is_a_run_of_its_own",
    "a_refresh_stands_in_the_history",
    "the_probe_says_who_answered",
    "the_rung_is_rehearsed_on_a_twin",
    "the_package_offers_its_connector_and_nothing_else",
    "notes_name_tests_that_exist",
    "what_is_there_is_told_of_each",
} | {rule for rule, _, _ in test_contract_manners.WORSE}
"""Rules that have a test of their own, below or in a file of their own."""
TESTS = Path(__file__).parents[1] / "connectors" / "orderwise"


async def broken(name: str, connector: Connector, stage: Any = office, **places: Path) -> str:
    """What the rule says of the connector; empty where it is kept."""
    folder, tests = places.get("folder", FOLDER), places.get("tests", TESTS)
    rule, subject = NAMED[name], Subject(connector, folder, tests, frozenset(NAMED))
    try:
        for document in rule.applies(connector.manifest):
            await rule.run(Trial(subject, stage, document))
    except Broken as said:
        return str(said)
    return ""


def claiming(**changes: Any) -> Connector:
    """OrderWise's connector with another manifest."""
    manifest = msgspec.structs.replace(orderwise.CONNECTOR.manifest, **changes)
    return msgspec.structs.replace(orderwise.CONNECTOR, manifest=manifest)


def carrying(word: Word = "order", **changes: Any) -> Connector:
    """OrderWise's connector with other claims about its orders, or other documents, alone."""
    carries = orderwise.CONNECTOR.manifest.documents[word]
    return claiming(documents={word: msgspec.structs.replace(carries, **changes)})


@pytest.mark.parametrize("worse", saboteurs.SOURCES, ids=lambda worse: worse.__name__)
async def test_a_worse_source_is_found_out(worse: type[saboteurs.Worse]) -> None:
    rule = saboteurs.SOURCES[worse]
    assert await broken(rule, shopify.CONNECTOR, shop_of(TOKEN)) == ""
    assert await broken(rule, saboteurs.source(worse), shop_of(TOKEN)) != ""


@pytest.mark.parametrize("worse", saboteurs.TARGETS, ids=lambda worse: worse.__name__)
async def test_a_worse_target_is_found_out(worse: type[saboteurs.Worse]) -> None:
    rule = saboteurs.TARGETS[worse]
    assert await broken(rule, orderwise.CONNECTOR) == ""
    assert await broken(rule, saboteurs.target(worse)) != ""


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("", "channel, created, customer"),
        ("notes = 'It has none.'", "ignores notes, which"),
        ("note = 'None'", "no sentence for note"),
    ],
)
async def test_what_is_ignored_is_a_member_and_has_a_reason(
    tmp_path: Path, table: str, says: str
) -> None:
    rule = "nothing_is_left_behind_in_silence"
    if table:
        whole = (FOLDER / "untold.toml").read_text("utf-8")
        (tmp_path / "untold_order.toml").write_text(f"{whole}\n{table}\n", "utf-8")
    assert says in await broken(rule, orderwise.CONNECTOR, folder=tmp_path)


async def test_a_connection_that_mumbles_or_goes_around_its_limits_is_found_out() -> None:
    unbridled = saboteurs.unbridled()
    for rule in AROUND_LIMITS:
        assert await broken(rule, orderwise.CONNECTOR) == ""
        assert await broken(rule, unbridled) != ""
    assert "no sentence" in await broken("the_probe_says_who_answered", saboteurs.mumbling())


async def test_a_target_that_is_read_first_is_composed_for_by_what_it_told() -> None:
    honest = saboteurs.looking(saboteurs.Looks)
    for rule in (
        "composing_is_pure",
        "what_was_written_is_seen",
        "an_unknown_word_is_held_and_names_its_map",
        "a_wrong_credential_is_told_as_such",
        "verbs_exist_exactly_where_they_are_declared",
    ):
        assert await broken(rule, honest) == "", rule
    undeclared = saboteurs.target(saboteurs.Looks)
    said = await broken("verbs_exist_exactly_where_they_are_declared", undeclared)
    assert "has `there`" in said


@pytest.mark.parametrize("worse", [saboteurs.LooksAtTheFirst, saboteurs.LooksAtSome])
async def test_a_look_that_does_not_tell_of_each_is_found_out(worse: type[saboteurs.Looks]) -> None:
    rule = "what_is_there_is_told_of_each"
    assert await broken(rule, saboteurs.looking(saboteurs.Looks)) == ""
    assert await broken(rule, saboteurs.looking(worse)) != ""


@pytest.mark.parametrize("worse", plain.WORSE, ids=lambda worse: worse.__name__)
async def test_a_source_that_counts_worse_is_found_out(worse: type[plain.Source]) -> None:
    rule = plain.WORSE[worse]
    assert await broken(rule, plain.plain(), plain.stage) == ""
    assert await broken(rule, plain.plain(worse), plain.stage) != ""


@pytest.mark.parametrize("rule", plain.KEPT)
async def test_a_source_without_a_moment_or_a_sequence_keeps_the_rules_of_listings(
    rule: str,
) -> None:
    assert await broken(rule, plain.plain(), plain.stage) == ""


@pytest.mark.parametrize("rule", plain.OVERCLAIMED)
async def test_who_claims_a_moment_or_a_sequence_and_has_none_is_found_out(rule: str) -> None:
    claiming_more = plain.plain(plain.Source, **plain.OVERCLAIMED[rule])
    assert await broken(rule, claiming_more, plain.stage) != ""


async def test_rows_that_cannot_be_told_apart_are_found_out() -> None:
    name, opened = "every_row_of_its_tables_has_an_id_of_its_own", orderwise.CONNECTOR.open

    def doubled(opening: Opening) -> Session:
        opened(opening)
        return opened(opening)

    def tableless(opening: Opening) -> Session:
        with recorded():
            return opened(opening)

    worse = msgspec.structs.replace
    assert await broken(name, orderwise.CONNECTOR) == ""
    assert "Several rows are called orderwise.order" in await broken(
        name, worse(orderwise.CONNECTOR, open=doubled)
    )
    assert "no field table" in await broken(name, worse(orderwise.CONNECTOR, open=tableless))


async def test_a_stage_of_canned_answers_rehearses_nothing() -> None:
    @contextmanager
    def canned(clock: StoppedClock) -> Generator[Stage]:
        with office(clock) as stage:
            stage.twin = False
            yield stage

    name = "the_rung_is_rehearsed_on_a_twin"
    assert await broken(name, orderwise.CONNECTOR) == ""
    assert "no twin" in await broken(name, orderwise.CONNECTOR, canned)


async def test_a_package_that_offers_more_than_its_connector(tmp_path: Path) -> None:
    (tmp_path / "__init__.py").write_text('__all__ = ["CONNECTOR", "Client"]\n')
    name = "the_package_offers_its_connector_and_nothing_else"
    assert await broken(name, orderwise.CONNECTOR) == ""
    assert await broken(name, orderwise.CONNECTOR, folder=tmp_path) != ""


LIMIT = Limit("rate", 4, "nobody said so", 0.0)
UNSAID = Setting("What it is.", "ours")
UNBORNE = Setting("What it is.", "ours", 1)
PACED = Setting("What it is.", "ours", 1, bears=("pace",))

CLAIMS: list[tuple[str, Connector, str]] = [
    ("every_claim_has_its_source", claiming(api=""), "api"),
    ("every_claim_has_its_source", carrying(source=" "), "documents.order.source"),
    ("settings_and_secrets_are_explained", claiming(secrets={"user": "user"}), "secrets.user"),
    ("settings_and_secrets_are_explained", claiming(settings={"a": UNSAID}), "no default"),
    ("settings_and_secrets_are_explained", claiming(settings={"a": UNBORNE}), "bears on"),
    ("a_scope_is_of_settings", claiming(scope={"tenant": "tenant"}), "no setting of it"),
    ("a_scope_is_of_settings", claiming(scope={"required_days": ""}), "what people call it"),
    (
        "a_scope_is_of_settings",
        claiming(settings={"a": PACED}, scope={"a": "place"}),
        "bears on nothing",
    ),
    ("calls_are_limited", claiming(limits={}), "no [limits.*]"),
    ("calls_are_limited", claiming(limits={"calls": LIMIT}), "never let a call through"),
    ("a_write_says_what_its_repetition_does", carrying(in_doubt=None), "no in_doubt class"),
    ("a_write_says_what_its_repetition_does", carrying(in_doubt_source=""), "how its in_doubt"),
    ("a_write_says_what_its_repetition_does", carrying(verbs=("read",)), "never in doubt"),
    ("a_key_s_life_is_known", carrying(in_doubt="A"), "how long its key lives"),
    ("a_key_s_life_is_known", carrying(in_doubt="A", key_life_s=math.nan), "how long its key"),
    ("a_key_s_life_is_known", carrying(in_doubt="A", key_life_s=0), "how long its key lives"),
    ("a_key_s_life_is_known", carrying(in_doubt="A", key_life_s=86_400), "how the life of"),
    ("a_key_s_life_is_known", carrying(key_life_s=60, key_life_source="A page."), "no class A"),
    ("what_is_changed_is_written_and_seen", carrying(verbs=("write", "cancel")), "cancel"),
    ("what_is_written_can_be_read_back", carrying(verbs=("write",)), "cannot be read back"),
    ("hosts_are_the_vendors_own", claiming(hosts=()), "no hosts"),
    ("hosts_are_the_vendors_own", claiming(hosts=("*",)), "'*'"),
    ("hosts_are_the_vendors_own", claiming(hosts=("*.*",)), "'*.*'"),
    ("waivers_name_rules", claiming(waivers=(Waiver("politeness", "It is rude."),)), "politeness"),
    ("waivers_name_rules", claiming(waivers=(Waiver("calls_are_limited", ""),)), "say why"),
    ("the_folder_has_the_connectors_name", claiming(name="orderfoolish"), "orderfoolish"),
    ("the_rung_is_one_that_was_reached", claiming(rung="recorded"), "spec or recordings"),
    ("the_rung_is_one_that_was_reached", claiming(rung="proven"), "which day"),
    ("a_document_file_exists_exactly_where_it_is_claimed", claiming(documents={}), "order.py"),
    ("verbs_exist_exactly_where_they_are_declared",
     carrying("refund", verbs=("since", "write", "read")), "source lacks"),
    ("verbs_exist_exactly_where_they_are_declared",
     carrying(verbs=("read", "since", "census", "write", "amend")), "amend"),
    ("a_repeated_write_does_what_its_class_says", carrying(in_doubt="B"), "2 were left"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "connector", "said"), CLAIMS)
async def test_a_claim_that_is_not_so_is_found_out(
    rule: str, connector: Connector, said: str
) -> None:
    found = await broken(rule, connector)
    assert said in found
    assert await broken(rule, orderwise.CONNECTOR) == ""


async def test_notes_that_name_a_test_of_yesterday(tmp_path: Path) -> None:
    name = "notes_name_tests_that_exist"
    assert "no NOTES.md" in await broken(name, orderwise.CONNECTOR, folder=tmp_path)
    (tmp_path / "NOTES.md").write_text("It is odd: `test_the_day_before_...`.")
    assert "test_the_day_before" in await broken(name, orderwise.CONNECTOR, folder=tmp_path)
    (tmp_path / "test_x.py").write_text("def test_the_day_before_yesterday(): ...")
    assert not await broken(name, orderwise.CONNECTOR, folder=tmp_path, tests=tmp_path)


def test_every_rule_has_been_seen_to_bite() -> None:
    bitten = {*saboteurs.SOURCES.values(), *saboteurs.TARGETS.values(), *AROUND_LIMITS}
    bitten |= {*plain.WORSE.values()}
    bitten |= {rule for rule, _, _ in CLAIMS} | BITTEN_ALONE
    assert {*NAMED} - bitten == set()


def test_every_rule_has_a_name_and_a_sentence_of_its_own() -> None:
    assert len({rule.name for rule in RULES}) == len({rule.sentence for rule in RULES})
    assert all(rule.sentence.endswith(".") for rule in RULES)


def test_a_rule_is_tried_on_the_documents_that_it_is_about() -> None:
    def tried(name: str, manifest: Manifest) -> list[str | None]:
        rule: Rule = NAMED[name]
        return [*rule.applies(manifest)]

    shop, office = shopify.CONNECTOR.manifest, orderwise.CONNECTOR.manifest
    assert tried("composing_is_pure", office) == ["order", "refund", "customer", "fulfilment"]
    assert tried("composing_is_pure", shop) == ["fulfilment", "product", "stock"]
    assert tried("what_is_not_there_is_left_out", shop) == [
        "order", "settlement", "refund", "customer",
    ]  # fmt: skip
    others = ["order", "fulfilment", "product", "stock"]
    assert tried("what_is_not_there_is_left_out", office) == others
    assert tried("hosts_are_the_vendors_own", shop) == [None]
    folder = files.CONNECTOR.manifest
    assert tried("a_busy_vendor_is_tried_later", shop) == [None]
    assert tried("a_busy_vendor_is_tried_later", folder) == [], "a folder calls nobody"
