"""How messages are signed, one function a scheme."""

from __future__ import annotations

import base64
import hashlib
import hmac


def body_hmac(secret: str, body: bytes) -> str:
    """Base64 of the HMAC-SHA256 of the raw body."""
    return base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()


def standard_webhook(secret: str, webhook_id: str, timestamp: str, body: bytes) -> str:
    """A signature of Standard Webhooks: version 1, over `id.timestamp.body` (standardwebhooks.com);
    the key is the secret's own bytes."""
    return f"v1,{body_hmac(secret, f'{webhook_id}.{timestamp}.'.encode() + body)}"
