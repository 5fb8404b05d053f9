"""Real sockets: one client for the whole process, and each failure told apart.

What matters is one question: may the request have left? Where it may, it is `Lost`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from counterfoil.kit.transport import Answer, Lost, NotSent
from counterfoil.values.deferred import Deferred

if TYPE_CHECKING:
    import aiohttp
else:
    aiohttp = Deferred("aiohttp")

_MOST_BYTES = 64 * 1024 * 1024
_CONNECT_S = 5.0


class Sockets:
    """HTTP over aiohttp. At most `most` connections to one host; redirects are not followed."""

    def __init__(self, most: int = 64) -> None:
        self._most = most
        self._client: aiohttp.ClientSession | None = None

    async def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> Answer:
        deadline = aiohttp.ClientTimeout(total=timeout_s, sock_connect=_CONNECT_S)
        try:
            async with self._session().request(
                method,
                url,
                headers=headers,
                data=body or None,
                timeout=deadline,
                allow_redirects=False,
            ) as answer:
                content = await _read(answer.content)
                names = {name.lower(): text for name, text in answer.headers.items()}
                return Answer(answer.status, names, content)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(_said(error)) from None
        except TimeoutError:
            raise Lost(f"no answer within {timeout_s:g} s") from None
        except (aiohttp.ClientError, ConnectionError) as error:
            raise Lost(_said(error)) from None

    async def close(self) -> None:
        if self._client is not None:
            await self._client.close()
            self._client = None

    def _session(self) -> aiohttp.ClientSession:
        if self._client is None:
            self._client = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=0, limit_per_host=self._most),
                auto_decompress=True,
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "counterfoil"},
            )
            # The client would send a PUT or DELETE again by itself where a kept line broke: a
            # write leaves once, and whether it landed is ours to find out.
            self._client._retry_connection = False  # pyright: ignore[reportPrivateUsage]
        return self._client


async def _read(content: aiohttp.StreamReader) -> bytes:
    """The whole body, and never more than fits: a small answer can unpack to a large one."""
    parts: list[bytes] = []
    size = 0
    async for part in content.iter_any():
        size += len(part)
        if size > _MOST_BYTES:
            raise Lost(f"the answer has more than {_MOST_BYTES:,} bytes")
        parts.append(part)
    return b"".join(parts)


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]
