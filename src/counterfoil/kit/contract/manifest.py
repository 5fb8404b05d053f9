"""Rules about the manifest: what a connector says of itself is complete, and says how it knows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from counterfoil.kit.capability import PORT_ACTS, PORTS
from counterfoil.kit.contract.case import Subject, demand
from counterfoil.kit.contract.rule import about_folder
from counterfoil.kit.manifest import Limit, Manifest

UNFILLED = "To be filled in"
"""What the scaffold writes where a person has to."""


@about_folder
def every_claim_has_its_source(subject: Subject) -> None:
    """Every claim of the manifest says where it is known from."""
    open_claims = [claim for claim, source in _claims(subject.manifest) if not _known(source)]
    demand(not open_claims, f"manifest.toml does not say yet: {', '.join(open_claims)}.")


@about_folder
def settings_and_secrets_are_explained(subject: Subject) -> None:
    """Every setting and secret says in a sentence what it is; every setting also what it bears on,
    and no required one has a default."""
    manifest = subject.manifest
    for name, setting in manifest.settings.items():
        demand(_is_sentence(setting.text), f"manifest.toml: settings.{name}.text is no sentence.")
        twice = setting.required and setting.default is not None
        demand(not twice, f"manifest.toml: settings.{name} is required and has a default.")
        needed = setting.required or setting.default is not None
        demand(needed, f"manifest.toml: settings.{name} is not required and has no default.")
        demand(
            bool(setting.bears), f"manifest.toml: settings.{name} does not say what it bears on."
        )
    for name, text in manifest.secrets.items():
        demand(_is_sentence(text), f"manifest.toml: secrets.{name} is no sentence.")
    if manifest.webhook is not None:
        signing = manifest.webhook.secrets
        demand(bool(signing), "manifest.toml: webhook.secrets names no secret that may sign.")
        for name in signing:
            declared = name in manifest.secrets
            demand(
                declared, f"manifest.toml: webhook.secrets has {name}, which is no secret of it."
            )


@about_folder
def a_scope_is_of_settings(subject: Subject) -> None:
    """Every part of the scope is a setting that says where calls go or what is read or sent there,
    and is called something in small letters."""
    manifest = subject.manifest
    for name, noun in manifest.scope.items():
        declared = name in manifest.settings
        demand(declared, f"manifest.toml: scope has {name}, which is no setting of it.")
        bears = {*manifest.settings[name].bears}
        demand(
            bool(bears & {"address", "sign-in", "reading", "content"}),
            f"manifest.toml: scope has {name}, which bears on nothing that a part would.",
        )
        demand(
            bool(noun.strip()) and noun == noun.lower(),
            f"manifest.toml: scope.{name} is not what people call it, in small letters.",
        )


@about_folder
def calls_are_limited(subject: Subject) -> None:
    """The manifest has at least one limit, and each is one that a bucket or slots can hold."""
    limits = subject.manifest.limits
    demand(bool(limits), "manifest.toml has no [limits.*]; where none is published, choose one.")
    for name, limit in limits.items():
        demand(_holdable(limit), f"manifest.toml: limits.{name} can never let a call through.")


@about_folder
def a_write_says_what_its_repetition_does(subject: Subject) -> None:
    """Every written document has an in-doubt class with its source, and no other document has."""
    for word, carries in subject.manifest.documents.items():
        if "write" in carries.verbs:
            demand(carries.in_doubt is not None, f"documents.{word} has no in_doubt class.")
            sourced = _known(carries.in_doubt_source)
            demand(sourced, f"documents.{word} does not say how its in_doubt class is known.")
        else:
            demand(carries.in_doubt is None, f"documents.{word} is not written, so never in doubt.")


@about_folder
def a_key_s_life_is_known(subject: Subject) -> None:
    """Class A says for how long a key is honoured (inf: for ever) and how that is known; no other
    class has keys."""
    for word, carries in subject.manifest.documents.items():
        life_s = carries.key_life_s
        if carries.in_doubt == "A":
            positive = life_s is not None and life_s > 0
            demand(positive, f"documents.{word} does not say how long its key lives (key_life_s).")
            sourced = _known(carries.key_life_source)
            demand(sourced, f"documents.{word} does not say how the life of its key is known.")
        else:
            demand(life_s is None, f"documents.{word} has a key_life_s, and is of no class A.")


@about_folder
def a_port_says_what_it_offers(subject: Subject) -> None:
    """Every port offers verbs that it has, with their source; and where one of them changes
    something there, its in-doubt class with its source, and else none."""
    for port, offers in subject.manifest.ports.items():
        unknown = sorted({*offers.verbs} - {*PORTS[port]})
        demand(not unknown, f"ports.{port} has no verb {', '.join(unknown)}.")
        demand(bool(offers.verbs), f"ports.{port} offers no verb.")
        demand(_known(offers.source), f"ports.{port} does not say how it is known.")
        acts = not PORT_ACTS.isdisjoint(offers.verbs)
        classed = offers.in_doubt is not None
        demand(classed == acts, f"ports.{port} has an in_doubt class exactly where it changes.")
        sourced = _known(offers.in_doubt_source)
        demand(sourced or not acts, f"ports.{port} does not say how its class is known.")


@about_folder
def what_is_changed_is_written_and_seen(subject: Subject) -> None:
    """What can be amended or cancelled is written by us, and is read back to see the change."""
    for word, carries in subject.manifest.documents.items():
        changes = sorted({"amend", "cancel"} & {*carries.verbs})
        readable = {"write", "read"} <= {*carries.verbs}
        sentence = f"documents.{word} declares {', '.join(changes)}, and not both write and read."
        demand(readable or not changes, sentence)


@about_folder
def what_is_written_can_be_read_back(subject: Subject) -> None:
    """Every written document can be read too, or else its in-doubt class is D."""
    for word, carries in subject.manifest.documents.items():
        readable = "read" in carries.verbs or carries.in_doubt == "D"
        written = "write" in carries.verbs
        demand(readable or not written, f"documents.{word} is written and cannot be read back.")


@about_folder
def hosts_are_the_vendors_own(subject: Subject) -> None:
    """The manifest names hosts, and each pattern ends in a domain that the vendor owns."""
    manifest = subject.manifest
    demand(bool(manifest.hosts), "manifest.toml has no hosts.")
    for host in manifest.hosts + manifest.elsewhere:
        owned = re.fullmatch(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)+", host)
        demand(owned is not None, f"The host {host!r} is not a name or *. and a name.")


@about_folder
def waivers_name_rules(subject: Subject) -> None:
    """Every waiver names a rule that there is, once, and says why it does not apply."""
    waivers = subject.manifest.waivers
    names = [(waiver.rule, waiver.document) for waiver in waivers]
    demand(len(set(names)) == len(names), "A rule is waived twice.")
    for waiver in waivers:
        demand(waiver.rule in subject.rules, f"There is no rule {waiver.rule!r} to be waived.")
        demand(_is_sentence(waiver.why), f"The waiver of {waiver.rule} does not say why.")


def _claims(manifest: Manifest) -> Iterator[tuple[str, str]]:
    yield "title", manifest.title
    yield "api", manifest.api
    yield "rung_source", manifest.rung_source
    for name, carries in manifest.documents.items():
        yield f"documents.{name}.source", carries.source
    for name, limit in manifest.limits.items():
        yield f"limits.{name}.source", limit.source
    if manifest.webhook is not None:
        yield "webhook.source", manifest.webhook.source


def _known(text: str) -> bool:
    return bool(text.strip()) and UNFILLED not in text


def _is_sentence(text: str) -> bool:
    return _known(text) and " " in text.strip() and text.rstrip().endswith(".")


def _holdable(limit: Limit) -> bool:
    refills, turns = limit.shape in ("cost", "rate"), limit.shape in ("window", "quota")
    return limit.size > 0 and (limit.per_s > 0) == refills and (limit.window_s > 0) == turns
