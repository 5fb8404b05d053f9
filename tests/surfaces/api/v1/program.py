"""A program that asks the desk with a token; every answer is held against the description."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import aiohttp
import jsonschema_rs
import msgspec

from counterfoil.surfaces.api.v1.openapi import description
from counterfoil.surfaces.desk import tokens
from counterfoil.surfaces.desk.tokens import TokenAsked
from tests.surfaces.web.counter import Counter

EVERY = ("read", "people", "act", "admin", "metrics")


@dataclass
class Answer:
    """What came back: its status, its headers, and its JSON."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @property
    def data(self) -> Any:
        return self.body["data"]

    @property
    def tag(self) -> str:
        return self.headers["etag"]


@dataclass
class Program:
    """A program with its token."""

    base: str
    client: aiohttp.ClientSession
    token: str = ""
    seen: set[str] = field(default_factory=set)

    async def ask(
        self, method: str, path: str, body: object = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        named = {"authorization": f"Bearer {self.token}"} if self.token else {}
        sent = None if body is None else msgspec.json.encode(body)
        kind = {"content-type": "application/json"} if body is not None else {}
        async with self.client.request(
            method,
            f"{self.base}/api/v1{path}",
            data=sent,
            headers={**named, **kind, **(headers or {})},
        ) as answer:
            text = await answer.text()
            found = Answer(
                answer.status, answer.headers, msgspec.json.decode(text) if text else None
            )
        self.seen.add(conforms(method, path.partition("?")[0], found))
        return found

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.ask("GET", path, headers=headers)


async def program(shop: Counter, name: str = "admin", scopes: Collection[str] = EVERY) -> Program:
    """A program of somebody whose name is their role, with a token that was made for it."""
    made = await tokens.make(shop.desk, TokenAsked(name, "a program", tuple(scopes), 30))
    client = aiohttp.ClientSession()
    shop.clients.append(client)
    return Program(shop.base, client, made.word)


def conforms(method: str, path: str, answer: Answer) -> str:
    """The address as the description names it; its answer is one of those that it tells of."""
    for template, operations in description()["paths"].items():
        pattern = re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template))
        if re.fullmatch(pattern, f"/api/v1{path}") and method.lower() in operations:
            if answer.status != 304 or method != "GET":
                assert str(answer.status) in operations[method.lower()]["responses"], answer
                _validator(template, method.lower(), answer.status).validate(answer.body)
            return f"{method} {template}"
    assert answer.status in (404, 405), f"{method} {path} is not described"
    return ""


@cache
def _validator(template: str, method: str, status: int) -> Any:
    whole = description()
    told = whole["paths"][template][method]["responses"][str(status)]
    if "$ref" in told:
        told = whole["components"]["responses"][told["$ref"].rpartition("/")[2]]
    (content,) = told["content"].values()
    return jsonschema_rs.validator_for(
        {**content["schema"], "components": whole["components"]}, validate_formats=True
    )
