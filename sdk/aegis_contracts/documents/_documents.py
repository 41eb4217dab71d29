"""
The files of one contract, and the references between them.

Files are read once, when a reference first needs them. References to the web are followed
only from a contract that came from the web itself.
"""

from __future__ import annotations

import stat
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urldefrag, urljoin

from aegis_contracts._violation import ContractError, Finding, Severity
from aegis_contracts.documents._bounds import MAX_BYTES, refusal
from aegis_contracts.documents._text import is_json, parse, positions
from aegis_contracts.json_pointer import InvalidPointerError, NothingThereError, escape, join, resolve

_WEB = ("http://", "https://")
# Members whose names are not keywords, and members that are data.
_NAMES = frozenset({"properties", "patternProperties", "schemas", "$defs", "definitions", "dependentSchemas"})
_DATA = frozenset({"const", "default", "enum", "example", "examples", "value"})


class Place(NamedTuple):
    """
    Where a node stands: the document's URI and the JSON pointer in it.

    Args:
        scope: where dynamic anchors lead for whoever came here through other schemas, by name.
    """

    uri: str
    pointer: str
    scope: tuple[tuple[str, Place], ...] = ()

    def at(self, *steps: str | int) -> Place:
        """
        Go *steps* deeper.
        """
        return Place(self.uri, self.pointer + join(*steps), self.scope)


class DanglingReferenceError(LookupError):
    """
    A ``$ref`` that points to nothing.
    """

    def __init__(self, reference: str, reason: str) -> None:
        super().__init__(f"{reference} {reason}")
        self.reference = reference
        self.reason = reason


@dataclass(slots=True)
class _File:
    shown: str
    text: bytes | None
    data: Any
    identifiers: dict[str, str] | None = None


class Documents:
    """
    Every file that a contract is made of, by URI.
    """

    def __init__(self, root: str, shown: str, text: bytes | None, data: Any) -> None:
        self.root = root
        # Let a reference that leads nowhere stand for anything, as a mock of somebody else's document must.
        self.tolerant = False
        self._files: dict[str, _File] = {root: _File(shown, text, data)}
        self._resources: dict[str, Place] = {}
        self._hosts: frozenset[str] = frozenset()  # that may be read from; none unless the document came from one

    @classmethod
    def open(
        cls, source: str | Path | Mapping[str, Any], name: str = "document", hosts: Iterable[str] = ()
    ) -> Documents:
        """
        Open a file, a web address or a document that is already data.

        Args:
            hosts: that a document from the web may read from, beside its own.

        Raises:
            ContractError: it cannot be read or parsed.
        """
        if isinstance(source, Mapping):
            return cls(f"memory:///{name}", name, None, dict(source))
        text = str(source)
        if text.startswith(_WEB):
            from aegis_contracts.documents._web import download, host_of

            known = frozenset([host_of(text), *(host.lower() for host in hosts)])
            body = download(text, known)
            opened = cls(text, text, body, parse(body, text))
            opened._hosts = known
            return opened
        path = Path(source)
        body = _read(path, text)
        return cls(path.resolve().as_uri(), text, body, parse(body, text))

    @property
    def data(self) -> Any:
        """
        The root document.
        """
        return self._files[self.root].data

    @data.setter
    def data(self, value: Any) -> None:
        self._files[self.root].data = value

    @property
    def size(self) -> int:
        """
        Bytes of text read so far.
        """
        return sum(len(file.text or b"") for file in self._files.values())

    def rename(self, shown: str) -> None:
        """
        Show the root document under another name: the one that a user knows it by.
        """
        self._files[self.root].shown = shown

    def know_as(self, identifier: str, uri: str) -> None:
        """
        Find the document *uri* under its ``$id`` as well, without the web.
        """
        self._files.setdefault(identifier, self._file(uri, identifier))

    def text(self, uri: str) -> bytes | None:
        """
        The text of the document *uri*, when it came from text.
        """
        return self._files[uri].text

    def uris(self) -> Iterator[str]:
        """
        Name the documents read so far.
        """
        return iter(tuple(self._files))

    def shown(self, place: Place) -> str:
        """
        Write *place* the way a reader finds it: ``openapi/user.yaml#/components/…``.
        """
        file = self._files.get(place.uri)
        return f"{file.shown if file else place.uri}#{place.pointer}"

    def target(self, reference: str, base: str | Place) -> Place:
        """
        Say where *reference* points to.

        Args:
            base: the document that it is written in, or the very place: a ``$id`` on the way there is its base URI
                (JSON Schema 2020-12 §8.2), and so is the document's ``$self`` (OpenAPI 3.2 §4.1.2.2.1).
        """
        place = base if isinstance(base, Place) else Place(base, "")
        uri, fragment = urldefrag(reference)
        fragment = unquote(fragment)
        identifiers = self._identifiers(place.uri)
        owner = _owner(identifiers, place.pointer) if identifiers else ""
        if uri:
            resource = self._identified(urljoin(identifiers.get(owner, place.uri), uri)) if identifiers else None
            resource = resource or self._identified(uri) or Place(urljoin(place.uri, uri), "")
        else:
            resource = Place(place.uri, owner)
        if fragment and not fragment.startswith("/"):
            return self._anchor(resource, fragment, reference)
        found = Place(resource.uri, resource.pointer + fragment)
        if owner and not uri and not self._is_there(found):
            # Many write references from the document's root inside a schema with $id, and mean what they write.
            return Place(place.uri, fragment)
        return found

    def resource(self, place: Place) -> Place:
        """
        Say where the schema resource begins that *place* is in: a schema with ``$id``, or the document.
        """
        return Place(place.uri, _owner(self._identifiers(place.uri), place.pointer))

    def _identified(self, uri: str) -> Place | None:
        return self._resources.get(uri)

    def _identifiers(self, uri: str) -> dict[str, str]:
        """
        Read where schemas of a document have a URI of their own: pointer → URI, the document's own at the pointer "".
        """
        file = self._files.get(uri)
        if file is None or file.identifiers is not None:
            return (file.identifiers if file else None) or {}
        file.identifiers = {}
        if file.text is None or b"$id" in file.text or b"$self" in file.text:
            own = file.data.get("$self") if isinstance(file.data, dict) else None
            root = urljoin(uri, own) if isinstance(own, str) else uri
            found = dict(_identified(file.data, root))
            if found or root != uri:
                file.identifiers = {"": root, **found}
                for pointer, identifier in file.identifiers.items():
                    self._resources.setdefault(identifier, Place(uri, pointer))
        return file.identifiers

    def _is_there(self, place: Place) -> bool:
        try:
            self.node(place)
        except DanglingReferenceError:
            return False
        return True

    def node(self, place: Place, reference: str = "") -> Any:
        """
        Return the node at *place*.

        Raises:
            DanglingReferenceError: nothing is there.
        """
        data = self._file(place.uri, reference).data
        try:
            return resolve(data, place.pointer)
        except InvalidPointerError as error:
            raise DanglingReferenceError(reference or place.pointer, f"is no JSON pointer: it {error.reason}") from None
        except NothingThereError:
            raise DanglingReferenceError(reference or place.pointer, "points to nothing") from None

    def external(self, reference: str, place: Place) -> Any:
        """
        Read a file that *reference*, written at *place*, names: data where it is JSON or YAML, else its text.

        Raises:
            DanglingReferenceError: it cannot be read, or is outside of what this contract may read.
        """
        uri = urljoin(place.uri, reference)
        try:
            if uri.startswith("file:") and not self._hosts:
                body = _read(Path(unquote(uri.removeprefix("file://"))), reference)
            elif uri.startswith(_WEB) and self._hosts:
                from aegis_contracts.documents._web import download

                body = download(uri, self._hosts)
            else:
                raise DanglingReferenceError(reference, "is outside of the files that this contract may read")
            if is_json(body) or uri.endswith((".json", ".yaml", ".yml")):
                return parse(body, reference)
            return body.decode("utf-8")
        except ContractError as error:
            raise DanglingReferenceError(reference, error.findings[0].message) from None
        except UnicodeDecodeError:
            raise DanglingReferenceError(reference, "is no UTF-8 text") from None

    def follow(self, node: Any, place: Place) -> tuple[Any, Place]:
        """
        Follow ``$ref`` from *node* until something that is no reference.

        Raises:
            DanglingReferenceError: a reference points to nothing, or only to itself.
        """
        seen: set[Place] = set()
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            reference = node["$ref"]
            place = self.target(reference, place)
            if place in seen:
                if self.tolerant:
                    return {}, place
                raise DanglingReferenceError(reference, "refers only to itself")
            seen.add(place)
            try:
                node = self.node(place, reference)
            except DanglingReferenceError:
                if not self.tolerant:
                    raise
                return {}, place
        return node, place

    def finding(self, place: Place, rule: str, message: str, mend: str, severity: Severity = "error") -> Finding:
        """
        Make a finding about *place*; ``located`` gives it line and column.
        """
        file = self._files.get(place.uri)
        return Finding(file.shown if file else place.uri, 0, 0, place.pointer, rule, message, mend, severity)

    def located(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """
        Give each finding its line and column; each file is read through once, however many findings it has.
        """
        found = list(findings)
        pointers: dict[str, set[str]] = {}
        for finding in found:
            pointers.setdefault(finding.source, set()).add(finding.pointer)
        texts = {file.shown: file.text for file in self._files.values()}
        places = {shown: positions(texts[shown] or b"", given) for shown, given in pointers.items() if texts.get(shown)}
        return tuple(
            replace(finding, line=place[0], column=place[1])
            if not finding.line and (place := places.get(finding.source, {}).get(finding.pointer))
            else finding
            for finding in found
        )

    def _file(self, uri: str, reference: str) -> _File:
        file = self._files.get(uri)
        if file is None:
            file = self._files[uri] = self._load(uri, reference)
        return file

    def _load(self, uri: str, reference: str) -> _File:
        root_shown = self._files[self.root].shown
        if uri.startswith("file:") and not self._hosts:  # a document from the web reads nothing of this machine
            path = Path(unquote(uri.removeprefix("file://")))
            root_folder = Path(unquote(self.root.removeprefix("file://"))).parent
            shown = str(path)
            if path.is_relative_to(root_folder):
                shown = str(Path(root_shown).parent / path.relative_to(root_folder))
            try:
                body = _read(path, shown)
            except ContractError as error:
                raise DanglingReferenceError(reference or uri, error.findings[0].message) from None
            return _File(shown, body, parse(body, shown))
        if uri.startswith(_WEB) and self._hosts:
            from aegis_contracts.documents._web import download

            try:
                body = download(uri, self._hosts)
            except ContractError as error:
                raise DanglingReferenceError(reference or uri, error.findings[0].message) from None
            return _File(uri, body, parse(body, uri))
        raise DanglingReferenceError(reference or uri, "is outside of the files that this contract may read")

    def _anchor(self, resource: Place, name: str, reference: str) -> Place:
        for start in dict.fromkeys((resource, Place(resource.uri, ""))):
            stack: list[tuple[Any, str]] = [(self.node(start, reference), start.pointer)]
            while stack:
                node, pointer = stack.pop()
                if isinstance(node, dict):
                    if node.get("$anchor") == name or node.get("$dynamicAnchor") == name:
                        return Place(resource.uri, pointer)
                    stack.extend((value, f"{pointer}/{escape(str(key))}") for key, value in node.items())
                elif isinstance(node, list):
                    stack.extend((value, f"{pointer}/{index}") for index, value in enumerate(node))
        raise DanglingReferenceError(reference, "names an anchor that is nowhere")


def _owner(identifiers: Mapping[str, str], pointer: str) -> str:
    """
    Find the schema with a URI of its own that is nearest above *pointer*.
    """
    while identifiers and pointer and pointer not in identifiers:
        pointer = pointer.rpartition("/")[0]
    return pointer if identifiers else ""


def _identified(data: Any, root: str) -> Iterator[tuple[str, str]]:
    """
    Find the schemas that have a ``$id``, outside of examples and not among the names of properties.
    """
    stack: list[tuple[Any, str, str, bool]] = [(data, "", root, False)]
    while stack:
        node, pointer, base, named = stack.pop()
        if isinstance(node, dict):
            identifier = None if named else node.get("$id")
            if isinstance(identifier, str) and pointer:
                base = urldefrag(urljoin(base, identifier))[0]
                yield pointer, base
            stack.extend(
                (value, f"{pointer}/{escape(str(key))}", base, not named and key in _NAMES)
                for key, value in node.items()
                if isinstance(value, dict | list) and (named or key not in _DATA)
            )
        elif isinstance(node, list):
            stack.extend((value, f"{pointer}/{index}", base, False) for index, value in enumerate(node))


def _read(path: Path, shown: str) -> bytes:
    try:
        status = path.stat()
        if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
            # Reading a device or a pipe may never end.
            raise refusal(shown, "no-file", "is no regular file", "copy what it holds into a file")
        if status.st_size > MAX_BYTES:
            raise refusal(shown, "size", f"is larger than {MAX_BYTES >> 20} MiB", "split the document")
        return path.read_bytes()
    except FileNotFoundError:
        raise refusal(shown, "no-file", "does not exist", "check the path") from None
    except IsADirectoryError:
        raise refusal(shown, "no-file", "is a folder", "name the files in it") from None
    except OSError as error:
        raise refusal(shown, "no-file", f"cannot be read: {error.strerror}", "check its permissions") from None
