"""
The files of one contract, and the references between them.

A place is (uri, pointer). Files are read once, when a reference first needs them. References to the web are followed
only from a contract that came from the web itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urldefrag, urljoin

from aegis_contracts._text import parse, positions
from aegis_contracts._violation import ContractError, Finding, Severity
from aegis_contracts.json_pointer import InvalidPointerError, NothingThereError, escape, join, resolve

MAX_BYTES = 64 * 1024 * 1024
WEB_TIMEOUT = 20.0


class Place(NamedTuple):
    """
    Where a node stands: the document's URI and the JSON pointer in it.
    """

    uri: str
    pointer: str

    def at(self, *steps: str | int) -> Place:
        """
        Go *steps* deeper.
        """
        return Place(self.uri, self.pointer + join(*steps))


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


class Documents:
    """
    Every file that a contract is made of, by URI.
    """

    def __init__(self, root: str, shown: str, text: bytes | None, data: Any) -> None:
        self.root = root
        # Let a reference that leads nowhere stand for anything, as a mock of somebody else's document must.
        self.tolerant = False
        self._files: dict[str, _File] = {root: _File(shown, text, data)}

    @classmethod
    def open(cls, source: str | Path | Mapping[str, Any], name: str = "document") -> Documents:
        """
        Open a file, a web address or a document that is already data.

        Raises:
            ContractError: it cannot be read or parsed.
        """
        if isinstance(source, Mapping):
            return cls(f"memory:///{name}", name, None, dict(source))
        text = str(source)
        if text.startswith(("http://", "https://")):
            body = _download(text, text)
            return cls(text, text, body, parse(body, text))
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

    def target(self, reference: str, base: str) -> Place:
        """
        Say where *reference*, written in the document *base*, points to.
        """
        uri, fragment = urldefrag(reference)
        absolute = urljoin(base, uri) if uri else base
        if fragment.startswith("/") or not fragment:
            return Place(absolute, unquote(fragment))
        return Place(absolute, self._anchor(absolute, unquote(fragment), reference))

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

    def follow(self, node: Any, place: Place) -> tuple[Any, Place]:
        """
        Follow ``$ref`` from *node* until something that is no reference.

        Raises:
            DanglingReferenceError: a reference points to nothing, or only to itself.
        """
        seen: set[Place] = set()
        while isinstance(node, dict) and isinstance(node.get("$ref"), str):
            reference = node["$ref"]
            place = self.target(reference, place.uri)
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

    def finding(self, place: Place, rule: str, message: str, mend: str = "", severity: Severity = "error") -> Finding:
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
        if uri.startswith("file:"):
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
        if uri.startswith(("http://", "https://")) and self.root.startswith(("http://", "https://")):
            body = _download(uri, uri)
            return _File(uri, body, parse(body, uri))
        raise DanglingReferenceError(reference or uri, "is outside of the files that this contract may read")

    def _anchor(self, uri: str, name: str, reference: str) -> str:
        stack: list[tuple[Any, str]] = [(self._file(uri, reference).data, "")]
        while stack:
            node, pointer = stack.pop()
            if isinstance(node, dict):
                if node.get("$anchor") == name or node.get("$dynamicAnchor") == name:
                    return pointer
                stack.extend((value, f"{pointer}/{escape(str(key))}") for key, value in node.items())
            elif isinstance(node, list):
                stack.extend((value, f"{pointer}/{index}") for index, value in enumerate(node))
        raise DanglingReferenceError(reference, "names an anchor that is nowhere")


def _refusal(shown: str, rule: str, message: str, mend: str) -> ContractError:
    return ContractError((Finding(shown, 0, 0, "", rule, message, mend),))


def _read(path: Path, shown: str) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _refusal(shown, "size", f"is larger than {MAX_BYTES >> 20} MiB", "split the document")
        return path.read_bytes()
    except FileNotFoundError:
        raise _refusal(shown, "no-file", "does not exist", "check the path") from None
    except IsADirectoryError:
        raise _refusal(shown, "no-file", "is a folder", "name the files in it") from None
    except OSError as error:
        raise _refusal(shown, "no-file", f"cannot be read: {error.strerror}", "check its permissions") from None


def _download(url: str, shown: str) -> bytes:
    import httpx

    try:
        with httpx.stream("GET", url, timeout=WEB_TIMEOUT, follow_redirects=True) as response:
            if response.status_code != 200:
                raise _refusal(shown, "no-file", f"answered {response.status_code}", "check the address")
            body = bytearray()
            for chunk in response.iter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise _refusal(shown, "size", f"is larger than {MAX_BYTES >> 20} MiB", "split the document")
            return bytes(body)
    except httpx.HTTPError as error:
        raise _refusal(shown, "no-file", f"cannot be fetched: {type(error).__name__}", "check the address") from None
