"""
A new operation: parameters, body, answer, and the refusals that its neighbours declare.
"""

from __future__ import annotations

import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import takewhile
from pathlib import Path
from typing import Any

import yaml

from aegis_codegen.new._fields import object_of, read_fields
from aegis_codegen.new._text import added, dumped
from aegis_contracts import events_beside, load
from aegis_contracts.events import load_events
from aegis_contracts.instances import generate
from aegis_contracts.lint import lint
from aegis_shell import CommandError, did_you_mean

METHODS = ("get", "put", "post", "patch", "delete")
_ID = re.compile(r"[a-z][A-Za-z0-9]*")
_PATH = re.compile(r"(?:/(?:[A-Za-z0-9_.~-]+|\{[A-Za-z_][A-Za-z0-9_]*\}))+")


def new_operation(
    document: Path,
    operation_id: str,
    method: str,
    path: str,
    *,
    fields: Sequence[str] = (),
    answer: Sequence[str] = (),
    status: str = "",
    summary: str = "",
    source: str = "",
    emits: str = "",
) -> dict[Path, str]:
    """
    Add an operation to *document*: path → text of every file to write.

    Args:
        fields: members of the request body.
        answer: members of the answer.
        status: of the success.
        source: where the rule comes from; contracts that say ``x-profile: aegis`` have to say it.
        emits: an event type that the operation causes.

    Raises:
        CommandError: the operation is there, a word is no such name, or what was made does not hold.
        ContractError: the document cannot be read.
    """
    if not _ID.fullmatch(operation_id):
        raise CommandError(f"{operation_id} is no operation id; write it like suspendUser")
    if not _PATH.fullmatch(path):
        raise CommandError(f"{path} is no path; write it like /users/{{user_id}}/suspension")
    text = document.read_text("utf-8") if document.is_file() else ""
    if not text:
        raise CommandError(f"{document} is not there; aegis new api makes a document")
    near = Neighbours(yaml.safe_load(text), document)
    near.refuse_twins(operation_id, method.lower(), path)
    if near.held and not source:
        raise CommandError("say where the rule comes from: --source 'AEG-SPC-USER v6.0 §1'")
    node = operation(near, operation_id, method.lower(), path, fields, answer, status, summary, source)
    if emits:
        node = {**node, "x-emits": [_emission(near, emits, node, path, [field.name for field in read_fields(fields)])]}
    item: dict[str, Any] = {} if path in near.paths else {"parameters": near.path_parameters(path)}
    block = dumped(
        {method.lower(): node}
        if path in near.paths
        else {path: {k: v for k, v in {**item, method.lower(): node}.items() if v}}
    )
    written = added(text, ["paths", path] if path in near.paths else ["paths"], block, apart=True)
    return {document: held(document, written, operation_id)}


def operation(
    near: Neighbours,
    operation_id: str,
    method: str,
    path: str,
    fields: Sequence[str],
    answer: Sequence[str],
    status: str,
    summary: str,
    source: str,
) -> dict[str, Any]:
    """
    Describe the operation, its success and the refusals of its neighbours.
    """
    words = summary or re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", operation_id).lower().capitalize()
    resource = near.resource(path)
    node: dict[str, Any] = {"operationId": operation_id, "tags": [near.tag(resource)], "summary": words}
    node["description"] = f"{words}.{f' Source: {source}.' if source else ''}"
    if near.document.get("x-sdk"):
        verb = re.match(r"[a-z]+", operation_id)
        node["x-sdk"] = {"resource": resource.replace("-", "_"), "method": verb[0] if verb else "call"}
    if near.key and method == "post":
        node["parameters"] = [near.key]
    if fields:
        node["requestBody"] = {"required": True, "content": {"application/json": _content(near, fields, operation_id)}}
    success = status or ("200" if answer else "204")
    said: dict[str, Any] = {"description": f"{words}: done."}
    if near.headers:
        said["headers"] = dict(near.headers)
    if success == "201":
        said["headers"] = {**said.get("headers", {}), "Location": near.location}
    if answer:
        said["content"] = {"application/json": _content(near, answer, operation_id)}
    node["responses"] = {success: said, **near.refusals(method, path, body=bool(fields))}
    return node


def held(document: Path, text: str, operation_id: str) -> str:
    """
    Return *text* if lint finds no error in it that was not there before.

    Raises:
        CommandError: it does.
    """
    with tempfile.NamedTemporaryFile("w", suffix=document.suffix, dir=document.parent, encoding="utf-8") as file:
        file.write(text)
        file.flush()
        contract = load(file.name)
        beside = events_beside(Path(file.name))
        found = lint(
            contract,
            profile=contract.extensions.get("x-profile") == "aegis",
            events=load_events(beside) if beside else None,
        )
        told = [str(each).replace(Path(file.name).name, document.name) for each in found if each.severity == "error"]
    if told:
        raise CommandError(f"{operation_id} would not hold, so nothing was written:\n" + "\n".join(told))
    return text


class Neighbours:
    """
    What a document has already: its operations, and what they refer to.
    """

    def __init__(self, document: Mapping[str, Any], file: Path) -> None:
        self.document = document
        self.file = file
        self.paths: Mapping[str, Any] = document.get("paths") or {}
        self.held = document.get("x-profile") == "aegis"
        self.known = {
            name: f"#/components/schemas/{name}" for name in document.get("components", {}).get("schemas", {})
        }
        parameters = [each for _, _, node in self.operations() for each in node.get("parameters", ())]
        self.key = next((each for each in parameters if str(each.get("$ref", "")).endswith("/IdempotencyKey")), None)
        self.headers = self._headers()
        self.location = {"description": "Where the new item is.", "schema": {"type": "string"}}

    def operations(self) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
        """
        List path, method and operation.
        """
        for path, item in self.paths.items():
            yield from ((path, method, item[method]) for method in METHODS if method in item)

    def refuse_twins(self, operation_id: str, method: str, path: str) -> None:
        """
        Refuse an id, or a method and path, that is there.
        """
        for there, verb, node in self.operations():
            if node.get("operationId") == operation_id or (there, verb) == (path, method):
                raise CommandError(f"{node.get('operationId')} is there: {verb.upper()} {there}")

    def resource(self, path: str) -> str:
        """
        Name what a path is about: its last fixed step before an id, else its last one.
        """
        steps = [step for step in path.split("/") if step and not step.startswith("{")]
        plural = [step for step in steps if step != "api" and not re.fullmatch(r"v[0-9]+", step)]
        return plural[0] if plural else "service"

    def tag(self, resource: str) -> str:
        """
        Return the declared tag of that name, or the nearest.
        """
        tags = [str(tag.get("name")) for tag in self.document.get("tags", ())]
        return resource if resource in tags or not tags else next((tag for tag in tags if tag in resource), tags[0])

    def path_parameters(self, path: str) -> list[dict[str, Any]]:
        """
        Describe the parameters of *path*, by reference where another path has them.
        """
        found: list[dict[str, Any]] = []
        for name in re.findall(r"\{(\w+)\}", path):
            others = [self.paths[other].get("parameters", []) for other in self.paths if f"{{{name}}}" in other]
            given = next((each for group in others for each in group if len(group) == other_count(group)), None)
            schema = {"type": "string", "minLength": 1, "maxLength": 200}
            made = {"name": name, "in": "path", "required": True, "description": f"The {name}.", "schema": schema}
            found.append(dict(given) if given else {**made, "examples": {"one": {"value": "1"}}})
        return found

    def refusals(self, method: str, path: str, *, body: bool) -> dict[str, Any]:
        """
        Collect the refusals that most operations like this one refer to: of its method and with a body or without, too;
        where those agree on none for a status, those near its path.
        """
        same = [one for one in self.operations() if one[1] == method] or list(self.operations())
        alike = [node for _, _, node in same if ("requestBody" in node) == body] or [node for _, _, node in same]
        found = {**_usual(_nearest(path, same)), **_usual(alike)}
        inline = (node["responses"] for node in alike if "409" in node.get("responses", {}))
        if self.key and method == "post" and "409" not in found:
            found |= next(({"409": _references_only(responses["409"])} for responses in inline), {})
        if "{" not in path:
            found.pop("404", None)
        if not body:
            for status in ("413", "415"):
                found.pop(status, None)
        return dict(sorted(found.items()))

    def _headers(self) -> dict[str, Any]:
        groups = [
            response.get("headers", {})
            for _, _, node in self.operations()
            for status, response in node.get("responses", {}).items()
            if str(status).startswith("2")
        ]
        common = [name for name in (groups[0] if groups else {}) if all(name in group for group in groups)]
        return {name: groups[0][name] for name in common}


def _usual(nodes: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """
    Return the refusals by reference that at least half of the operations have.
    """
    counted = Counter(
        (str(status), str(response["$ref"]))
        for node in nodes
        for status, response in node.get("responses", {}).items()
        if str(status)[:1] in "45" and "$ref" in response
    )
    usual = [(pair, times) for pair, times in counted.most_common() if 2 * times >= len(nodes)]
    return {status: {"$ref": reference} for (status, reference), _ in reversed(usual)}


def _nearest(path: str, listed: Sequence[tuple[str, str, Mapping[str, Any]]]) -> list[Mapping[str, Any]]:
    """
    Return the operations that share the most steps of *path*, from its beginning.
    """
    steps = path.split("/")
    shared = [
        len([*takewhile(lambda pair: pair[0] == pair[1], zip(steps, other.split("/"), strict=False))])
        for other, _, _ in listed
    ]
    return [node for (_, _, node), count in zip(listed, shared, strict=True) if count == max(shared)]


def other_count(group: Sequence[Any]) -> int:
    """
    A group of one parameter says which it is; of several nobody can tell without following them.
    """
    return 1 if len(group) == 1 else -1


def _references_only(response: Mapping[str, Any]) -> dict[str, Any]:
    """
    A refusal with the examples that every operation shares; those of one operation alone stay there.
    """
    content = {
        media: {**node, "examples": {name: each for name, each in node.get("examples", {}).items() if "$ref" in each}}
        for media, node in response.get("content", {}).items()
    }
    said = "The same Idempotency-Key is still being processed."
    return {**response, "description": said, "content": content}


def _content(near: Neighbours, fields: Sequence[str], seed: str) -> dict[str, Any]:
    schema = object_of(read_fields(fields), near.known)
    plain = {
        name: each
        for name, each in schema["properties"].items()
        if "$ref" not in each and "$ref" not in each.get("items", {})
    }
    value = generate({"type": "object", "properties": plain, "required": list(plain)}, seed)
    for name, each in schema["properties"].items():
        if name not in plain:
            value[name] = _example_of(near, each)
    return {"schema": schema, "examples": {"one": {"value": value}}}


def _example_of(near: Neighbours, node: Mapping[str, Any]) -> Any:
    reference = str(node.get("$ref", node.get("items", {}).get("$ref", ""))).rpartition("/")[2]
    schema = load(near.file).component_schemas[reference]
    made = generate(schema.projected("response"), reference, name=reference)
    return [made] if "items" in node else made


def _emission(near: Neighbours, name: str, node: Mapping[str, Any], path: str, body: Sequence[str]) -> dict[str, Any]:
    beside = events_beside(near.file)
    if beside is None:
        raise CommandError("there are no event contracts beside the document, so nothing can be emitted")
    catalog = load_events(beside)
    found = [event for event in catalog.values() if name in {event.name, event.id}]
    if not found:
        known = sorted({event.name for event in catalog.values()})
        raise CommandError(f"there is no event type {name}; {did_you_mean(name, known) or 'aegis new event makes one'}")
    event = found[-1]
    parameters = re.findall(r"\{(\w+)\}", path)
    status = next(iter(node["responses"]))
    data: Mapping[str, Any] = event.schema.get("properties", {}).get("data", {})
    sources: dict[str, str] = {}
    for member in data.get("properties", {}):
        snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", member).lower()
        if snake in parameters:
            sources[member] = f"$request.path.{snake}"
        elif snake in body:
            sources[member] = f"$request.body#/{snake}"
        elif member in data.get("required", ()):
            raise CommandError(
                f"{name} tells {member}, which neither the path nor the body has; add {snake} to one of them"
            )
    made = {"event": event.name, "topic": event.topic, "on": [status]}
    if parameters:
        made["aggregate"] = f"$request.path.{parameters[0]}"
    return {**made, **({"version": event.version} if event.version > 1 else {}), "data": sources}
