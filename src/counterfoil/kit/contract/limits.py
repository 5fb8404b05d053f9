"""Rules about limits: no call leaves that was not paid for, or for somebody else's host."""

from __future__ import annotations

import asyncio
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from counterfoil.kit.contract.call import Call, calls, outcome
from counterfoil.kit.contract.case import Case, demand
from counterfoil.kit.contract.rule import about_calls
from counterfoil.kit.manifest import Limit

_MANY = 20


@about_calls
async def only_the_vendors_hosts_are_called(case: Case) -> None:
    """Every call goes to a host of the manifest, over https."""
    hosts = case.manifest.hosts + case.manifest.elsewhere
    for call in calls(case, case.open()):
        await outcome(call)
    for sent in case.postman.sent:
        parts = urlsplit(sent.url)
        ours = any(fnmatchcase(parts.hostname or "", host) for host in hosts)
        demand(ours and parts.scheme == "https", f"A call went to {parts.scheme}://{parts.netloc}.")


@about_calls
async def every_call_is_paid_for(case: Case) -> None:
    """Every call takes its part of each budget that the manifest names; those budgets are of the
    vendor's own hosts, and not of where its answers or its sign-in send us."""
    for call in calls(case, case.open()):
        before = len(case.postman.sent)
        await outcome(call)
        demand(len(case.postman.sent) > before, f"{call.name} made no call.")
        for name, limit in case.manifest.limits.items():
            demand(_paid(case, name, limit), f"{call.name} took nothing from limits.{name}.")


@about_calls
async def a_call_waits_while_a_budget_says_no(case: Case) -> None:
    """Where the shared book says no, the call waits as long as it is told."""
    buckets = [name for name, limit in case.manifest.limits.items() if limit.shape != "slots"]
    session, case.book.refusals = case.open(), len(buckets)
    await session.probe()
    waited = case.clock.slept_s >= case.book.wait_s * len(buckets)
    demand(waited, f"The call went out after {case.clock.slept_s:g} s.")


@about_calls
async def no_more_calls_at_once_than_slots(case: Case) -> None:
    """However many ask, no more calls are under way than there are slots."""
    sizes = [limit.size for limit in case.manifest.limits.values() if limit.shape == "slots"]
    probe = Call("probe", False, case.open().probe)
    await outcome(probe)  # now it is signed in, and nothing else makes the others wait
    await asyncio.gather(*(outcome(probe) for _ in range(_MANY)))
    highest, most = case.postman.most_at_once, min(sizes, default=_MANY)
    demand(highest <= most, f"{highest} calls were under way, and there are {most} slots.")


def _paid(case: Case, name: str, limit: Limit) -> bool:
    if limit.shape == "slots":
        return case.book.claimed[name] > 0
    elsewhere = case.manifest.elsewhere
    counted = [sent for sent in case.postman.sent if urlsplit(sent.url).hostname not in elsewhere]
    return case.book.total(name) >= len(counted)
