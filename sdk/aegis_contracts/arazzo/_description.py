"""
An Arazzo description as thin views: workflows, steps and what they reuse, each with its place in the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

from aegis_contracts._violation import ContractError
from aegis_contracts.arazzo._expressions import ExpressionError, parse
from aegis_contracts.documents._documents import Documents, Place
from aegis_contracts.documents._titled import Titled
from aegis_contracts.schemas._projection import Projector
from aegis_contracts.schemas._schema import Schema

SUPPORTED = ("1.0", "1.1")
_START = 4_096
_BEGINNING = re.compile(rb"""^\s*(?:\{\s*)?["']?arazzo["']?\s*:""", re.MULTILINE)
_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True)
class Part:
    """
    An object of the description and where it stands.
    """

    description: Description
    node: Mapping[str, Any]
    place: Place

    def __hash__(self) -> int:
        return hash(self.place)

    @property
    def location(self) -> str:
        """
        Say where it stands, as ``file#/pointer``.
        """
        return self.description.documents.shown(self.place)

    def get(self, name: str, default: Any = None) -> Any:
        """
        Return a field.
        """
        return self.node.get(name, default)

    def parts(self, name: str) -> list[Part]:
        """
        Return the objects of a list, those of the components in place of references to them.
        """
        listed = self.node.get(name)
        found = listed if isinstance(listed, list) else []
        parts = [
            Part(self.description, item, self.place.at(name, index))
            for index, item in enumerate(found)
            if isinstance(item, dict)
        ]
        return [part.description.reused(part) for part in parts]

    def texts(self, name: str) -> list[str]:
        """
        Return the texts of a list.
        """
        listed = self.node.get(name)
        return [item for item in listed if isinstance(item, str)] if isinstance(listed, list) else []


@dataclass(frozen=True)
class Step(Part):
    """
    One step; ``workflow`` is the one that it belongs to.
    """

    workflow: Workflow

    __hash__ = Part.__hash__

    @property
    def id(self) -> str:
        """
        The ``stepId``.
        """
        return str(self.node.get("stepId", ""))

    @property
    def target(self) -> str:
        """
        The field that says what the step does: operationId, operationPath, channelPath or workflowId.
        """
        return next((name for name in TARGETS if name in self.node), "")

    def parameters(self) -> list[Part]:
        """
        The step's parameters over those of its workflow; one is another's when name and place agree.
        """
        own, above = self.parts("parameters"), self.workflow.parts("parameters")
        known = {_parameter_key(part) for part in own}
        return [*(part for part in above if _parameter_key(part) not in known), *own]

    def actions(self, *, success: bool) -> list[Part]:
        """
        The step's actions over those of its workflow; one is another's when the names agree.
        """
        own = self.parts("onSuccess" if success else "onFailure")
        above = self.workflow.parts("successActions" if success else "failureActions")
        known = {part.get("name") for part in own}
        return [*own, *(part for part in above if part.get("name") not in known)]


TARGETS = ("operationId", "operationPath", "channelPath", "workflowId")


def _parameter_key(part: Part) -> tuple[str, str]:
    return str(part.get("name", "")), str(part.get("in", ""))


@dataclass(frozen=True)
class Workflow(Part):
    """
    One workflow.
    """

    __hash__ = Part.__hash__

    @property
    def id(self) -> str:
        """
        The ``workflowId``.
        """
        return str(self.node.get("workflowId", ""))

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """
        The steps as written.
        """
        listed = self.node.get("steps")
        return tuple(
            Step(self.description, node, self.place.at("steps", index), self)
            for index, node in enumerate(listed if isinstance(listed, list) else [])
            if isinstance(node, dict)
        )

    def step(self, identifier: str) -> Step | None:
        """
        Return the step of that id.
        """
        return next((step for step in self.steps if step.id == identifier), None)

    @property
    def inputs(self) -> Schema | None:
        """
        The schema of the inputs.
        """
        node = self.node.get("inputs")
        if not isinstance(node, dict | bool):
            return None
        documents = self.description.documents
        return Schema(documents, self.description.projector, node, self.place.at("inputs"))


class Description(Titled):
    """
    An Arazzo document, read lazily.
    """

    _untitled = "untitled workflows"

    def __init__(self, documents: Documents) -> None:
        super().__init__(documents)
        self.version: str = str(self.document["arazzo"])
        self.projector = Projector(documents, "3.1.0")

    @property
    def identity(self) -> str:
        """
        ``$self`` as a whole URI, else where the document was found.
        """
        own = self.document.get("$self")
        return urljoin(self.documents.root, own) if isinstance(own, str) else self.documents.root

    @cached_property
    def workflows(self) -> dict[str, Workflow]:
        """
        The workflows by id.
        """
        listed = self.document.get("workflows")
        found: dict[str, Workflow] = {}
        for index, node in enumerate(listed if isinstance(listed, list) else []):
            if isinstance(node, dict):
                workflow = Workflow(self, node, self.root.at("workflows", index))
                found.setdefault(workflow.id, workflow)
        return found

    def source_descriptions(self) -> Iterator[Part]:
        """
        The source descriptions as written.
        """
        yield from Part(self, self.document, self.root).parts("sourceDescriptions")

    def component(self, kind: str, name: str) -> Part | None:
        """
        Return a reusable object.
        """
        components = self.document.get("components")
        group = components.get(kind) if isinstance(components, dict) else None
        node = group.get(name) if isinstance(group, dict) else None
        return Part(self, node, self.root.at("components", kind, name)) if isinstance(node, dict) else None

    def reused(self, part: Part) -> Part:
        """
        Return what a Reusable Object refers to, with its own value; anything else as it is.
        """
        reference = part.node.get("reference")
        if not isinstance(reference, str):
            return part
        try:
            expression = parse(reference)
        except ExpressionError:
            return part
        if expression.source != "components":
            return part
        found = self.component(expression.parts[0], expression.parts[1])
        if found is None:
            return part
        node = {**found.node, "value": part.node["value"]} if "value" in part.node else found.node
        return Part(self, node, part.place)


def is_arazzo(path: Path) -> bool:
    """
    Say whether a file is an Arazzo document: by its name, or by the first word that it begins with.
    """
    if ".arazzo." in path.name:
        return True
    try:
        with path.open("rb") as file:
            start = file.read(_START)
    except OSError:
        return False
    return bool(_BEGINNING.search(start))


def load_arazzo(source: str | Path | Mapping[str, Any], *, name: str = "workflows") -> Description:
    """
    Open an Arazzo 1.0 or 1.1 document: a JSON or YAML file, a web address, or data.

    Raises:
        ContractError: it cannot be read, or is no Arazzo document.
    """
    documents = Documents.open(source, name)
    root, data = Place(documents.root, ""), documents.data
    mend = "begin with arazzo: 1.1.0"
    if not isinstance(data, dict) or "arazzo" not in data:
        said = "has no field arazzo, so it is no Arazzo document"
        raise ContractError(documents.located([documents.finding(root, "not-arazzo", said, mend)]))
    version = str(data["arazzo"])
    if version.rpartition(".")[0] not in SUPPORTED and version not in SUPPORTED:
        said = f"says arazzo: {version!r}; supported are {', '.join(SUPPORTED)}"
        raise ContractError(documents.located([documents.finding(root.at("arazzo"), "arazzo-version", said, mend)]))
    return Description(documents)
