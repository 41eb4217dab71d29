"""
Operations: what is sent.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal, cast

from aegis_codegen._names import argument_name, constant, method_name, resource_name, snake
from aegis_codegen.compiler._pagination import pagination
from aegis_codegen.compiler._refusals import Refusals
from aegis_codegen.compiler._responses import Responses, codec_of
from aegis_codegen.compiler._schemas import Schemas
from aegis_codegen.compiler._security import Credentials
from aegis_codegen.plan import (
    Alias,
    Argument,
    Array,
    Body,
    Choice,
    Constrained,
    Literals,
    Map,
    Model,
    Named,
    Operation,
    Parameter,
    Scalar,
    Tuple,
    Type,
    inner,
)
from aegis_contracts import Contract, Place
from aegis_contracts import Operation as Source
from aegis_contracts import Parameter as SourceParameter

IDEMPOTENCY_KEY = "idempotency-key"
_STYLES = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}


def retry_statuses(x: dict[str, Any], place: Place, refusals: Refusals) -> tuple[int, ...] | None:
    """
    The statuses that ``x-sdk`` says are worth another attempt, or ``None`` when it leaves that to the runtime.
    """
    said: object = x.get("retry")
    if said is None:
        return None
    statuses = cast("list[object]", said) if isinstance(said, list) else [said]
    if not all(isinstance(status, int) and 400 <= status <= 599 for status in statuses):
        refusals.refuse(place.at("retry"), "retry", "is no list of error statuses", "write it like retry: [409, 503]")
        return None
    return tuple(sorted({cast("int", status) for status in statuses}))


class Operations:
    """
    Plans the operations of one contract.
    """

    def __init__(self, contract: Contract, schemas: Schemas, refusals: Refusals) -> None:
        self._contract = contract
        self._schemas = schemas
        self._refusals = refusals
        self._credentials = Credentials(contract, refusals)
        self._responses = Responses(contract, schemas, refusals)
        self._keys: dict[Place, str] = {}

    def operation(self, source: Source) -> Operation:
        """
        Plan one operation.
        """
        x = _mapping(source.extensions.get("x-sdk"))
        name = source.operation_id or f"{source.method.lower()} {source.path}"
        resource = resource_name(str(x.get("resource") or (source.tags[0] if source.tags else "operations")))
        python = method_name(str(x.get("method") or name))
        self._refuse_parts(source, x)
        parameters, arguments, header, key = self._parameters(source, name)
        body, more = self._body(source, name, {argument.python for argument in arguments})
        responses, result = self._responses.of(source, name)
        ordered = sorted((*arguments, *more), key=lambda a: (not a.positional, not a.required))
        planned = Operation(
            operation_id=name,
            method=source.method,
            path=source.path,
            resource=resource,
            python=python,
            constant=constant(name),
            summary=source.summary.strip(),
            description=source.description.strip(),
            deprecated=source.deprecated,
            parameters=parameters,
            arguments=tuple(ordered),
            body=body,
            responses=responses,
            result=result,
            security=self._credentials.of(source),
            idempotency_header=header,
            idempotency_check=key,
            retry=retry_statuses(x, source.place.at("x-sdk"), self._refusals),
            idempotent=x.get("idempotent"),
            timeout=x.get("timeout"),
            connect_timeout=x.get("connect_timeout"),
        )
        if "paginate" in x:
            page = pagination(planned, _mapping(x["paginate"]), self._schemas, source.place.at("x-sdk"), self._refusals)
            planned = replace(planned, pagination=page)
        return planned

    def _refuse_parts(self, source: Source, x: dict[str, Any]) -> None:
        if source.callbacks and "callbacks" not in x.get("ignore", ()):
            self._refusals.refuse(
                source.place.at("callbacks"), "callbacks", "has callbacks, which a client does not receive",
                "add x-sdk: {ignore: [callbacks]} to say that something else receives them",
            )  # fmt: skip
        offered = [server.get("url") for server in self._contract.document.get("servers", ())]
        for index, server in enumerate(source.servers):
            if offered and server.get("url") not in offered:
                self._refusals.refuse(
                    source.place.at("servers", index), "operation-server", "is offered by a server that the API is not",
                    "list the server at the document, or give the operation to a contract of its own",
                )  # fmt: skip
        for name, scheme in (("{" + part.split("}")[0] + "}", part) for part in source.path.split("{")[1:]):
            if not any(p.location == "path" and "{" + p.name + "}" == name for p in source.parameters):
                self._refusals.refuse(
                    source.place, "path-parameter", f"has {name} in its path and no parameter for it",
                    f"declare the path parameter {scheme.split('}')[0]}",
                )  # fmt: skip

    def _parameters(self, source: Source, name: str) -> tuple[tuple[Parameter, ...], tuple[Argument, ...], str, str]:
        parameters: list[Parameter] = []
        arguments: list[Argument] = []
        header = key = ""
        clashing = {
            snake(p.name)
            for p in source.parameters
            if sum(snake(p.name) == snake(q.name) for q in source.parameters) > 1
        }
        for given in source.parameters:
            if given.location == "header" and given.name.lower() == IDEMPOTENCY_KEY:
                header, key = given.name, self._key(given)
                continue
            taken = {argument.python for argument in arguments}
            wanted = f"{given.name}_{given.location}" if snake(given.name) in clashing else given.name
            python = argument_name(wanted, taken)
            planned = self._parameter(given, name, python)
            if planned is None:
                continue
            parameter, kind = planned
            parameters.append(parameter)
            arguments.append(
                Argument(
                    given.name,
                    python,
                    kind,
                    given.required,
                    given.location == "path",
                    "parameter",
                    given.description.strip() or _described(given),
                    given.deprecated,
                    False,
                    self._default(given),
                )
            )
        return tuple(parameters), tuple(arguments), header, key

    def _key(self, given: SourceParameter) -> str:
        """
        Name the definition that idempotency keys are held against; operations that share the parameter share it.
        """
        if given.schema is None:
            return ""
        if given.schema.place not in self._keys:
            kind = self._schemas.type_of(given.schema, "write", given.name)
            self._keys[given.schema.place] = self._check(kind, given.name)
        return self._keys[given.schema.place]

    def _default(self, given: SourceParameter) -> tuple[object, ...]:
        if given.schema is None:
            return ()
        resolved = given.schema.resolved
        return (resolved["default"],) if isinstance(resolved, dict) and "default" in resolved else ()

    def _parameter(self, given: SourceParameter, operation: str, python: str) -> tuple[Parameter, Type] | None:
        if given.location not in _STYLES:
            self._refusals.refuse(
                given.place,
                "parameter-location",
                f"is a parameter in: {given.location}",
                "write its parts as query parameters",
            )
            return None
        media_type, schema = "", given.schema
        if given.content is not None:
            media_type, schema = given.content.media_type, given.content.schema
            if codec_of(media_type) != "json":
                self._refusals.refuse(
                    given.place.at("content"),
                    "parameter-content",
                    f"is written as {media_type}",
                    "write it as application/json",
                )
        if not media_type and given.style not in _STYLES[given.location]:
            self._refusals.refuse(
                given.place, "parameter-style", f"has style {given.style}, which is not for in: {given.location}",
                f"use one of {', '.join(_STYLES[given.location])}",
            )  # fmt: skip
        if schema is None:
            self._refusals.refuse(given.place, "parameter-schema", "has neither schema nor content", "add a schema")
            return None
        kind = self._schemas.type_of(schema, "write", f"{operation} {given.name}")
        if not media_type:
            self._refuse_shape(given, kind)
        check = self._check(kind, f"{operation} {given.name}")
        location = cast("Literal['path', 'query', 'header', 'cookie']", given.location)
        return (
            Parameter(
                given.name, location, given.style, given.explode, given.allow_reserved, media_type, python, check
            ),
            Named(check, "write") if check else kind,
        )

    def _refuse_shape(self, given: SourceParameter, kind: Type) -> None:
        base = self._plain(kind)
        nested = isinstance(base, Array) and isinstance(self._plain(base.items), Array | Map | Named | Tuple)
        if nested or isinstance(base, Tuple):
            self._refusals.refuse(
                given.place, "parameter-shape", f"is nested deeper than style {given.style} can write",
                "write it as content: {application/json: …}",
            )  # fmt: skip
        if given.style == "deepObject" and not isinstance(base, Map | Named):
            self._refusals.refuse(
                given.place, "parameter-shape", "has style deepObject and is no object", "use style form"
            )

    def _plain(self, kind: Type) -> Type:
        seen: set[Type] = set()
        while True:
            if kind in seen:
                return kind  # refused as a recursive type
            if isinstance(kind, Constrained):
                kind = kind.base
            elif isinstance(kind, Named):
                seen.add(kind)
                definition = self._schemas.definitions[kind.name, kind.direction]
                if isinstance(definition, Alias):
                    kind = definition.type
                else:
                    return kind if isinstance(definition, Model) else Scalar("str")
            elif isinstance(kind, Choice) and len(kind.members) == 2 and Scalar("None") in kind.members:
                kind = next(member for member in kind.members if member != Scalar("None"))
            else:
                return kind

    def _check(self, kind: Type, hint: str) -> str:
        """
        Name the definition that values of *kind* are held against, making one where the type has no name yet.
        """
        if isinstance(kind, Named):
            definition = self._schemas.definitions.get((kind.name, kind.direction))
            if isinstance(definition, Alias) and isinstance(definition.type, Scalar):
                return "" if definition.type.kind in ("str", "Any") else kind.name
            return kind.name
        if any(isinstance(part, Constrained | Named | Literals) for part in inner(kind)) or not isinstance(
            kind, Scalar
        ):
            return self._schemas.define(Alias(self._schemas.name(hint, "write"), "write", kind)).name
        if kind.kind in ("int", "float", "bool", "date", "datetime", "uuid"):
            return self._schemas.define(Alias(self._schemas.name(hint, "write"), "write", kind)).name
        return ""

    def _body(self, source: Source, name: str, taken: set[str]) -> tuple[Body | None, tuple[Argument, ...]]:
        request = source.request_body
        if request is None:
            return None, ()
        chosen = next((m for m in request.content.values() if codec_of(m.media_type) == "json"), None)
        chosen = chosen or next((m for m in request.content.values() if codec_of(m.media_type)), None)
        if chosen is None or (chosen.schema is None and codec_of(chosen.media_type) == "json"):
            self._refusals.refuse(
                request.place.at("content"), "body-media-type",
                f"has a body that is only {', '.join(request.content) or 'nothing'}",
                "offer application/json, text or application/octet-stream",
            )  # fmt: skip
            return None, ()
        codec = codec_of(chosen.media_type)
        if codec != "json" or chosen.schema is None:
            kind: Type = Scalar("str") if codec == "text" else Scalar("Any")
            about = request.description.strip()
            whole = Argument("body", "body", kind, request.required, False, "body", about, False, False)
            return Body(chosen.media_type, codec, "", request.required), (whole,)
        kind = self._schemas.type_of(chosen.schema, "write", f"{name} body")
        definition = self._schemas.definitions.get((kind.name, kind.direction)) if isinstance(kind, Named) else None
        if isinstance(definition, Model) and (request.required or not any(f.required for f in definition.fields)):
            arguments = self._properties(definition, taken)
            return Body(chosen.media_type, "json", definition.name, request.required), arguments
        if not isinstance(kind, Named):
            kind = self._schemas.define(Alias(self._schemas.name(f"{name} body", "write"), "write", kind))
        about = request.description.strip()
        whole = Argument(
            "body", argument_name("body", taken), kind, request.required, False, "body", about, False, False
        )
        return Body(chosen.media_type, "json", kind.name, request.required), (whole,)

    def _properties(self, model: Model, taken: set[str]) -> tuple[Argument, ...]:
        arguments: list[Argument] = []
        for field in model.fields:
            python = argument_name(f"body_{field.name}", taken) if field.python in taken else field.python
            taken.add(python)
            arguments.append(
                Argument(
                    field.name,
                    python,
                    field.type,
                    field.required,
                    False,
                    "property",
                    field.description,
                    field.deprecated,
                    field.sensitive == "secret",
                    field.default,
                )
            )
        if not model.closed:
            about = "Further properties of the body, by the contract's names."
            values: Type = model.extra or Scalar("Any")
            arguments.append(
                Argument("extra_body", "extra_body", Map(values), False, False, "rest", about, False, False)
            )
        return tuple(arguments)


def _described(given: SourceParameter) -> str:
    resolved = given.schema.resolved if given.schema else None
    return str(resolved.get("description") or "").strip() if isinstance(resolved, dict) else ""


def _mapping(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
