"""How long a comparison takes must not tell how much of a forged signature was right."""

from __future__ import annotations

import hmac

import pytest

from counterfoil.kit import webhook
from counterfoil.kit.manifest import Webhook
from counterfoil.values.errors import Refuse

HOOK = Webhook(
    scheme="hmac-sha256-base64", header="x-signature", topic_header="x-topic",
    delivery_header="x-delivery", topics={"orders/create": "order"}, memory_s=60, source="a test",
)  # fmt: skip


def test_every_secret_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    real = hmac.compare_digest

    def compare(right: str, given: str) -> bool:
        compared.append(given)
        return real(right, given)

    monkeypatch.setattr(webhook.hmac, "compare_digest", compare)
    with pytest.raises(Refuse, match="not right"):
        webhook.verify(HOOK, ["new", "old"], {"x-signature": "forged"}, b"{}")
    assert compared == ["forged", "forged"]
