"""Events that are posted as forms in the listener's own words: {Name} stands for what is told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from counterfoil.twins.kit.webhooks import Delivery, Dialect, Subscription, Webhooks
from counterfoil.values.clock import Clock

_PLACE: Final = re.compile(r"\{([^}]*)\}")
FORM: Final = {"content-type": "application/x-www-form-urlencoded"}


def unsigned(delivery: Delivery) -> dict[str, str]:
    """What goes with an event: nothing is signed."""
    return dict(FORM)


DIALECT: Final = Dialect(unsigned, disguised=lambda body: body.replace(b"=", b"=9"))


class FormEvents:
    """The subscriptions of one site, which nobody can list, and what they are told."""

    def __init__(self, webhooks: Webhooks, clock: Clock) -> None:
        self._webhooks = webhooks
        self._clock = clock

    def subscribe(self, texts: Mapping[str, str]) -> str:
        """The number of a new subscription, which is all that ever tells of it: to an event, at an
        address that is posted to, with parameters in the listener's own words."""
        address = texts.get("posturl") or texts.get("callbackurl", "")
        topic, params = texts.get("eventtype", ""), texts.get("postparams", "")
        return str(self._webhooks.subscribe(topic, address, params, self._clock.now()).id)

    def unsubscribe(self, texts: Mapping[str, str]) -> str:
        """Whether there was such a subscription, as a word: "True"."""
        key = texts.get("subscriptionid", "")
        return str(key.isdecimal() and self._webhooks.unsubscribe(int(key)))

    def tell(self, topic: str, values: Mapping[str, str]) -> None:
        """Tell whoever asked for a topic, in the words that they asked for."""

        def body(listener: Subscription) -> bytes:
            return _PLACE.sub(lambda place: values.get(place[1], ""), listener.name or "").encode()

        if self._webhooks.listeners(topic):
            self._webhooks.tell(topic, body, self._clock.now())
