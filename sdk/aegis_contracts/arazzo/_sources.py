"""
The documents that a description is about: opened once, by name; and what its steps name in them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from aegis_contracts import json_pointer
from aegis_contracts._contract import Contract, load
from aegis_contracts._model import Operation
from aegis_contracts._violation import ContractError
from aegis_contracts.arazzo._description import Description, Part, Step, Workflow, load_arazzo
from aegis_contracts.arazzo._expressions import ExpressionError, parse, pieces
from aegis_contracts.arazzo._source import NowhereError, Source, SourceChannel, channel_at, operation_at, operation_in
from aegis_contracts.documents._documents import Documents
from aegis_shell import did_you_mean

_WEB = ("http://", "https://")


class Sources:
    """
    The sources of one description, and of those that it refers to.

    Args:
        named: name of a source description → the file that stands for it.
        contracts: that are open already; one stands for the source that is the same document, or has its file's name.
            Those that are opened join them.
    """

    def __init__(
        self,
        description: Description,
        named: Mapping[str, str] | None = None,
        contracts: list[Contract] | None = None,
        others: dict[str, Sources] | None = None,
    ) -> None:
        self.description = description
        self._named = dict(named or {})
        self._contracts = contracts if contracts is not None else []
        # Every description is opened once, however many refer to it: they may refer to each other.
        self._others: dict[str, Sources] = {} if others is None else others
        self._others[description.identity] = self
        self._opened: dict[str, Source | NowhereError] = {}
        self._parts = {str(part.get("name", "")): part for part in description.source_descriptions()}

    def names(self) -> list[str]:
        """
        The names of the source descriptions.
        """
        return list(self._parts)

    def source(self, name: str) -> Source:
        """
        Open a source.

        Raises:
            NowhereError: there is none of that name, or its document cannot be read.
        """
        part = self._parts.get(name)
        if part is None:
            mend = did_you_mean(name, self._parts) or f"known are {', '.join(self._parts)}"
            raise NowhereError(f"there is no source description {name!r}", mend)
        if name not in self._opened:
            try:
                self._opened[name] = self._open(name, part)
            except ContractError as error:
                first = error.findings[0]
                said = f"the document of {name!r} cannot be read: {first.source} {first.message}"
                self._opened[name] = NowhereError(said, first.mend, "source")
            except NowhereError as error:
                self._opened[name] = error
        found = self._opened[name]
        if isinstance(found, NowhereError):
            raise found
        return found

    def _open(self, name: str, part: Part) -> Source:
        url = str(part.get("url", ""))
        given = self._named.get(name)
        if given is not None:
            path = given
        else:
            uri = urljoin(self.description.identity, url)
            here = urljoin(self.description.documents.root, url)
            contract = self._known(uri, here)
            if contract is not None:
                return Source(name, part, "openapi", contract=contract)
            if uri in self._others:
                return Source(name, part, "arazzo", description=self._others[uri].description)
            if here.startswith("file:"):
                path = unquote(urlsplit(here).path)
            elif here.startswith(_WEB) and self.description.documents.root.startswith(_WEB):
                path = here
            elif urlsplit(uri).scheme:
                mend = f"name a file that stands for it: --source {name}=FILE"
                raise NowhereError(f"{url} is on the web, and is not fetched", mend, "source")
            else:
                path = str(Path(self.description.source).parent / url)
        return self._read(name, part, path)

    def _known(self, *uris: str) -> Contract | None:
        for contract in self._contracts:
            own = contract.document.get("$self")
            if contract.documents.root in uris or (isinstance(own, str) and own in uris):
                return contract
        remote = [uri for uri in uris if uri.startswith(_WEB)]
        named = [uri.rsplit("/", 1)[-1] for uri in remote]
        return next((c for c in self._contracts if c.documents.root.rsplit("/", 1)[-1] in named), None)

    def _read(self, name: str, part: Part, path: str) -> Source:
        shown = path
        folder = Path(self.description.source).parent.absolute()
        if not path.startswith(_WEB) and Path(path).is_relative_to(folder):
            shown = str(Path(self.description.source).parent / Path(path).relative_to(folder))
        documents = Documents.open(shown if Path(shown).exists() else path)
        data: dict[str, Any] = documents.data if isinstance(documents.data, dict) else {}
        said = part.get("type")
        kind = next((k for k in ("arazzo", "asyncapi") if k in data), "openapi")
        if said is not None and said != kind:
            mend = f"write type: {kind}, or name another document"
            raise NowhereError(f"{shown} is no {said} document", mend, "source")
        if kind == "arazzo":
            other = load_arazzo(shown)
            if other.identity not in self._others:
                Sources(other, self._named, self._contracts, self._others)
            return Source(name, part, "arazzo", description=self._others[other.identity].description)
        if kind == "asyncapi":
            return Source(name, part, "asyncapi", documents=documents)
        contract = load(shown, convert_swagger=True)
        known = self._known(contract.documents.root)
        if known is None:
            self._contracts.append(contract)
        return Source(name, part, "openapi", contract=known or contract)

    def of(self, description: Description) -> Sources:
        """
        Return the sources of a description that this one refers to.
        """
        return self._others[description.identity]

    def contracts(self) -> Iterator[Contract]:
        """
        The OpenAPI documents among the sources, and among those of the descriptions that they refer to.
        """
        seen: set[str] = set()
        while fresh := [identity for identity in self._others if identity not in seen]:
            for identity in fresh:
                seen.add(identity)
                one = self._others[identity]
                for name in one.names():
                    try:
                        source = one.source(name)
                    except NowhereError:
                        continue
                    if source.contract is not None:
                        yield source.contract

    # What steps name

    def operation(self, text: str) -> Operation | SourceChannel:
        """
        Find what an ``operationId`` names: in the one source that has it, or in the source that it says.

        Raises:
            NowhereError: nothing, or more than one.
        """
        if text.startswith("$sourceDescriptions."):
            expression = self._expression(text)
            source = self.source(expression[0])
            return operation_in(source, expression[1])
        found: list[Operation | SourceChannel] = []
        known: list[str] = []
        troubles: list[NowhereError] = []
        for name in self._parts:
            try:
                source = self.source(name)
            except NowhereError as error:
                troubles.append(error)
                continue
            if source.type == "arazzo":
                continue
            known += source.operation_ids
            if text in source.operation_ids:
                found.append(operation_in(source, text))
        if len(found) == 1:
            return found[0]
        if found:
            raise NowhereError(
                f"several sources have an operation {text!r}", f"write $sourceDescriptions.<name>.{text}"
            )
        if troubles and not known:
            raise troubles[0]
        mend = did_you_mean(text, known) or (f"known are {', '.join(known[:10])}" if known else "")
        raise NowhereError(f"no source has an operation {text!r}", mend)

    def path(self, text: str) -> Operation | SourceChannel:
        """
        Find what an ``operationPath`` or a ``channelPath`` names.

        Raises:
            NowhereError: nothing, or nothing of its kind.
        """
        source, pointer = self._pointed(text)
        try:
            steps = json_pointer.split(pointer)
        except json_pointer.InvalidPointerError as error:
            raise NowhereError(
                f"{pointer!r} is no JSON pointer: it {error.reason}", "such as #/paths/~1pets/get"
            ) from None
        if source.documents is not None:
            return channel_at(source, steps)
        if source.contract is None:
            raise NowhereError(f"{source.name} is an Arazzo document", "name its workflow with workflowId")
        return operation_at(source.contract, steps)

    def _pointed(self, text: str) -> tuple[Source, str]:
        address, mark, pointer = text.partition("#")
        pointer = unquote(pointer) if "%" in pointer else pointer
        mend = "write '{$sourceDescriptions.<name>.url}#/<pointer>'"
        if not mark:
            raise NowhereError("has no #/pointer to an operation", mend)
        try:
            parts = pieces(address)
        except ExpressionError as error:
            raise NowhereError(str(error), mend) from None
        if len(parts) == 1 and not isinstance(parts[0], str) and parts[0].source == "sourceDescriptions":
            return self.source(parts[0].parts[0]), pointer
        if address.startswith("$sourceDescriptions."):
            return self.source(address.split(".")[1]), pointer
        for name, part in self._parts.items():
            if part.get("url") == address:
                return self.source(name), pointer
        raise NowhereError(f"{address!r} is no source description", mend)

    @staticmethod
    def _expression(text: str) -> tuple[str, ...]:
        try:
            return parse(text).parts
        except ExpressionError as error:
            raise NowhereError(f"{text} {error}", "write $sourceDescriptions.<name>.<operationId>") from None

    def target(self, step: Step) -> Operation | SourceChannel | Workflow:
        """
        Find what a step calls.

        Raises:
            NowhereError: nothing.
        """
        text = str(step.get(step.target, ""))
        match step.target:
            case "operationId":
                return self.operation(text)
            case "operationPath" | "channelPath":
                return self.path(text)
            case "workflowId":
                return self.workflow(text)
            case _:
                raise NowhereError("names nothing that it calls", "add operationId", "step-target")

    def workflow(self, text: str) -> Workflow:
        """
        Find what a ``workflowId`` names: in this description, or in the source that it says.

        Raises:
            NowhereError: nothing.
        """
        if text.startswith("$sourceDescriptions."):
            name, identifier = self._expression(text)
            source = self.source(name)
            if source.description is None:
                raise NowhereError(f"{name} is no Arazzo document", "a workflow stands in one of type: arazzo")
            description = source.description
        else:
            description, identifier = self.description, text.removeprefix("$workflows.")
        found = description.workflows.get(identifier)
        if found is None:
            known = description.workflows
            mend = did_you_mean(identifier, known) or f"known are {', '.join(list(known)[:10])}"
            raise NowhereError(f"there is no workflow {identifier!r}", mend)
        return found
