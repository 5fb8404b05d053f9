"""Webhook subscriptions as a resource: listed, made, seen, changed and ended over REST."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from counterfoil.twins.kit.answers import answer
from counterfoil.twins.kit.paging import Slice, numbered
from counterfoil.twins.kit.rest import Methods, Refused, body_of
from counterfoil.twins.kit.webhooks import Subscription, Webhooks
from counterfoil.values.clock import Clock

H = TypeVar("H")
Json = dict[str, object]
_HERE = ("127.0.0.1", "localhost")


class Wanted(NamedTuple):
    """What a call says of a subscription; what it does not say is None. `own` is text that the
    vendor keeps with it, such as headers that the listener asked for."""

    topic: str | None
    address: str | None
    own: str | None = None
    active: bool | None = None


class Words(NamedTuple, Generic[H]):
    """How a vendor speaks of subscriptions. `shape` is what a call brings, which `read` takes;
    `shown` spells one, `one` and `many` are what answers are wrapped in. `topic`, `address` and
    `noun` are the vendor's words."""

    shape: type[H]
    read: Callable[[H], Wanted]
    shown: Callable[[Subscription], Json]
    one: Callable[[Json], Json]
    many: Callable[[Sequence[Json], Slice, int], Json]
    noun: str
    topic: str
    address: str
    page: int = 50
    most: int = 250


class Subscriptions(Generic[H]):
    """The addresses of the subscriptions."""

    def __init__(self, words: Words[H], webhooks: Webhooks, clock: Clock) -> None:
        self._words = words
        self._webhooks = webhooks
        self._clock = clock

    def addresses(self, path: str) -> Mapping[str, Methods]:
        """What each method does, of all of them and of each."""
        every: Methods = {"GET": self._list, "POST": self._create}
        single: Methods = {"GET": self._see, "PUT": self._change, "DELETE": self._end}
        return {path: every, f"{path}/{{id:int}}": single}

    def _list(self, request: Request) -> Response:
        words, every = self._words, self._webhooks.subscriptions()
        rows = numbered(request, words.page, words.most)
        page = [words.shown(hook) for hook in every[rows.offset : rows.offset + rows.limit]]
        return answer(words.many(page, rows, len(every)))

    async def _create(self, request: Request) -> Response:
        words = self._words
        unsaid = f"The {words.topic} and the {words.address} are required."
        wanted = words.read(await body_of(request, words.shape, 422, unsaid))
        if not wanted.topic or not wanted.address:
            raise Refused(422, unsaid)
        place = urlsplit(wanted.address)
        if place.scheme != "https" and place.hostname not in _HERE:
            raise Refused(422, f"The {words.address} must be an https address.")
        if self._webhooks.subscriptions((wanted.topic,), wanted.address):
            both = f"this {words.topic} and {words.address}"
            raise Refused(409, f"A {words.noun} with {both} exists.")
        now = self._clock.now()
        return self._one(self._webhooks.subscribe(wanted.topic, wanted.address, wanted.own, now))

    def _see(self, request: Request) -> Response:
        return self._one(self._named(request))

    async def _change(self, request: Request) -> Response:
        words, hook = self._words, self._named(request)
        unread = f"The body is not a {words.noun}."
        active = words.read(await body_of(request, words.shape, 422, unread)).active
        if active is not None:
            self._webhooks.activate(hook.id, active=active)
        return self._see(request)

    def _end(self, request: Request) -> Response:
        hook = self._named(request)
        self._webhooks.unsubscribe(hook.id)
        return self._one(hook)

    def _named(self, request: Request) -> Subscription:
        key = request.path_params["id"]
        for hook in self._webhooks.subscriptions():
            if hook.id == key:
                return hook
        raise Refused(404, f"The {self._words.noun} was not found.")

    def _one(self, hook: Subscription) -> Response:
        return answer(self._words.one(self._words.shown(hook)))
