"""OpenAPI: the description of every endpoint, made of the types that answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from counterfoil.surfaces.api.v1.endpoint import Endpoint
from counterfoil.surfaces.api.v1.problem import MEDIA_TYPE, Problem
from counterfoil.surfaces.api.v1.registry import endpoints
from counterfoil.surfaces.desk.acts import ACTS
from counterfoil.surfaces.desk.envelope import Page
from counterfoil.values.clock import Instant

Schema = dict[str, Any]

_REF = "#/components/schemas/{name}"
_ALWAYS: Mapping[int, str] = {
    400: "What was asked for cannot be understood.",
    401: "There is no token, or it is good no more.",
    403: "The token's person or scope may not do this.",
    500: "Something in Counterfoil broke; the reference leads to it.",
    503: "The database or another system is away; try again in a moment.",
}
_PLACED: Mapping[int, str] = {404: "There is nothing of this name."}
_WITH_BODY: Mapping[int, str] = {413: "The body is too large.", 415: "The body is no JSON."}
_TAGGED: Mapping[int, str] = {
    409: "Somebody was quicker, or what waits has changed: nothing was done.",
    428: "If-Match is missing: an act says what its caller saw.",
}


@cache
def description() -> Schema:
    """All of it, as OpenAPI 3.1."""
    every = endpoints()
    types = [
        Page,
        Problem,
        *(door.gives for door in every),
        *(door.body for door in every if door.body),
    ]
    shapes, components = msgspec.json.schema_components(
        types, schema_hook=_custom, ref_template=_REF
    )
    by_type = {id(kind): shape for kind, shape in zip(types, shapes, strict=True)}
    paths: dict[str, Schema] = {}
    for door in every:
        operation = _operation(door, by_type[id(door.gives)], by_type.get(id(door.body)))
        paths.setdefault(f"/api/v1{door.path}", {})[door.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Counterfoil",
            "version": "1",
            "description": "What the desk answers and does, for programs. Money is whole minor"
            " units and a currency; a moment is ISO 8601. Members are only ever added.",
        },
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "responses": {
                str(status): _response(sentence, {MEDIA_TYPE: {"schema": _ref("Problem")}})
                for status, sentence in {**_ALWAYS, **_PLACED, **_WITH_BODY, **_TAGGED}.items()
            },
        },
    }


def _operation(door: Endpoint, gives: Schema, body: Schema | None) -> Schema:
    act = ACTS[door.act]
    operation: Schema = {
        "operationId": f"{door.method.lower()} {door.path}",
        "summary": door.said,
        "description": f"Act: `{act.name}` ({act.kind}).",
        "parameters": [*_parameters(door)],
        "responses": {"200": _response("The answer.", _enveloped(door.shape, gives), _ETAG)},
    }
    if door.method == "GET":
        operation["responses"]["304"] = {
            "description": "It is as If-None-Match says that the caller has it.", **_ETAG
        }  # fmt: skip
    for status in sorted(_statuses(door)):
        operation["responses"][str(status)] = {"$ref": f"#/components/responses/{status}"}
    if body is not None:
        operation["requestBody"] = {
            "required": True, "content": {"application/json": {"schema": body}},
        }  # fmt: skip
    return operation


_ETAG: Schema = {
    "headers": {"ETag": {"schema": {"type": "string"}, "description": "The state's own mark."}}
}


def _statuses(door: Endpoint) -> set[int]:
    statuses = {*_ALWAYS}
    if door.places:
        statuses |= {*_PLACED}
    if door.body is not None:
        statuses |= {*_WITH_BODY}
    if door.tagged:
        statuses |= {*_TAGGED}
    return statuses


def _parameters(door: Endpoint) -> Sequence[Schema]:
    (shape,), components = msgspec.json.schema_components(
        [door.words], schema_hook=_custom, ref_template=_REF
    )
    shape_ = components[shape["$ref"].rpartition("/")[2]] if "$ref" in shape else shape
    parameters = [
        {
            "name": name,
            "in": "path" if name in door.places else "query",
            "required": name in door.places or name in shape_.get("required", ()),
            "schema": {key: value for key, value in schema.items() if key != "description"},
            **({"description": schema["description"]} if "description" in schema else {}),
        }
        for name, schema in shape_["properties"].items()
    ]
    if door.tagged:
        parameters.append(_header("If-Match", "The ETag of what was seen.", required=True))
    elif door.method == "GET":
        parameters.append(_header("If-None-Match", "The ETag of what the caller has."))
    return parameters


def _header(name: str, said: str, *, required: bool = False) -> Schema:
    return {
        "name": name, "in": "header", "required": required, "description": said,
        "schema": {"type": "string"},
    }  # fmt: skip


def _enveloped(shape: str, gives: Schema) -> Schema:
    return {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["schema", "as_of", "data"],
                "properties": {
                    "schema": {"const": f"counterfoil.{shape}/1"},
                    "as_of": {"type": "string", "format": "date-time"},
                    "data": gives,
                    "page": _ref("Page"),
                },
            }
        }
    }


def _response(said: str, content: Schema, more: Schema | None = None) -> Schema:
    return {"description": said, "content": content, **(more or {})}


def _ref(name: str) -> Schema:
    return {"$ref": _REF.format(name=name)}


def _custom(kind: type) -> Schema:
    """The schema of what JSON has no word for."""
    if kind is Instant:
        return {"type": "string", "format": "date-time"}
    raise NotImplementedError(kind.__name__)
