# ruff: noqa: E501 - values stand as many in a line as fit
"""Values that have broken some system before, each of which is JSON."""

from __future__ import annotations

from typing import Final

VALUES: Final = (
    b"null", b"true", b"false", b"0", b"-1", b"0.1", b"1e5", b"1e99", b"9" * 30, b"-" + b"9" * 40,
    b'""', b'" "', b'"x"', b"[]", b"[null]", b"[[]]", b"{}", b'{"":""}', b'{"id":1}', b'[{}]',
    b'"0"', b'"-0"', b'"1.005"', b'"-0.001"', b'"1e2"', b'"1_000"', b'"+1"', b'"NaN"', b'"12,50"',
    b'"99999999999999999999999.99"', b'"\xd9\xa1\xd9\xa2"', b'"0001-01-01T00:00:00Z"',
    b'"9999-12-31T23:59:59Z"', b'"1970-01-01T00:00:00Z"', b'"2026-12-31T23:59:60Z"', b'"2026-11-02"',
    b'"2026-11-02T09:14:06"', b"1793610846", b"1793610846000", b'"GBP"', b'"gbp"', b'"XXX"',
    b'"\\u0000"', b'"\\u202etxt.exe"', b'"\\ud83d\\ude00"', b'"e\\u0301"', b'"\xef\xbb\xbf"',
    b'"=1+1"', b'"<script>"', b'"' + b"x" * 5_000 + b'"', b'"OTHER"', b'"gid://shopify/Order/1"',
)  # fmt: skip
"""What may stand in the place of any value; each is JSON."""
