"""
Items that are files: what a form's part says of its file is what the item says of itself, and the bytes that were sent
are those that are read.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aegis_contracts import Operation
from aegis_contracts._model import operations_of
from aegis_contracts.exchange import File, Reading, best, kind
from aegis_mockserver.behaviours.items._where import not_found
from aegis_mockserver.behaviours.resources._names import plain
from aegis_mockserver.behaviours.resources._paths import BELOW, ITEM
from aegis_mockserver.behaviours.resources._shapes import Shape, key_text
from aegis_mockserver.core._messages import Answer, Problem
from aegis_mockserver.core.contents._content import sent_type
from aegis_mockserver.core.operations._instances import success_of
from aegis_mockserver.world import Store, World

_FILENAMES = frozenset({"filename", "originalfilename", "originalname", "name", "title"})
_SIZES = frozenset({"bytes", "size", "filesize", "sizebytes", "bytesize", "contentlength", "length", "sizeinbytes"})
_TYPES = frozenset({"contenttype", "mimetype", "mediatype", "filemimetype"})
# What a path below an item is called that has the bytes of it.
_CONTENTS = frozenset({"content", "contents", "download", "raw", "file", "data", "bytes", "media", "blob", "original",
                       "binary", "body", "upload"})  # fmt: skip
_TYPED = frozenset({"json", "xml", "form", "multipart", "sequence"})
_EXPRESSION = re.compile(r"\{([^{}]+)\}")
Act = Callable[[Reading, World], Answer | Problem | None]


class Contents:
    """
    The bytes of an item, or of a path that has nothing else.

    Args:
        path: of the item.
    """

    def __init__(self, path: str) -> None:
        self._path = path.rstrip("/")

    def _name(self, reading: Reading, own: Mapping[str, Any]) -> str:
        values = {**reading.path, **own}
        return f"{_EXPRESSION.sub(lambda found: key_text(values.get(found[1], '')), self._path)}/content"

    def keep(self, reading: Reading, world: World, own: Mapping[str, Any] | None = None) -> None:
        """
        Keep the bytes that a request sent, if it sent some.

        Args:
            own: values of template expressions that the request's own path does not have.
        """
        sent = _sent(reading)
        if sent is not None:
            world.store(self._name(reading, own or {})).put("@", sent)

    def read(self, operation: Operation, otherwise: Act | None) -> Act:
        """
        Return what answers with the bytes that were kept, where some were and nothing else is refused.
        """
        tell = _teller(operation)

        def act(reading: Reading, world: World) -> Answer | Problem | None:
            said = otherwise(reading, world) if otherwise is not None else None
            store = world.stores.get(self._name(reading, {}))
            kept = store.get("@") if store is not None else None
            if kept is None or isinstance(said, Problem):
                return said
            return tell(kept)

        return act


def _sent(reading: Reading) -> dict[str, str] | None:
    files = sent_files(reading)
    if len(files) != 1:
        return None
    return {"media_type": files[0].media_type, "content": b64encode(files[0].content).decode()}


def sent_files(reading: Reading) -> Sequence[File]:
    """
    Return the files of a form, or the one without a name that a body of bytes is.
    """
    body = reading.body
    if reading.files or not isinstance(body, bytes | str) or not reading.has_body or not is_raw(reading.media_type):
        return reading.files
    content = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    return (File("", "", sent_type(reading.media_type), content),)


def _teller(operation: Operation) -> Callable[[Mapping[str, str]], Answer]:
    """
    Return what answers with bytes that were kept, called what they were sent as where the contract has that.
    """
    status = success_of(operation.responses)
    response = operation.response(status)
    declared = {name: name for name in response.content} if response is not None else {}
    first = next((name for name in declared if is_raw(name)), "")

    def tell(kept: Mapping[str, str]) -> Answer:
        named = best(declared, kept["media_type"]) is not None and is_raw(kept["media_type"])
        content = b64decode(kept["content"])
        return Answer(status, media_type=kept["media_type"] if named else first, content=content, origin="content")

    return tell


def alone(operation: Operation) -> Act | None:
    """
    Return what keeps, tells or forgets an item that is bytes and nothing else; None where the path is none of such.
    """
    path = operation.path
    item, node = ITEM.fullmatch(path), operation.contract.document["paths"].get(path)
    here = (
        operations_of(operation.contract, path, node, operation.contract.root.at("paths", path))
        if item and node
        else ()
    )
    if item is None or not any(map(read_at, here)) or not any(map(sent_to, here)):
        return None
    collection, parameter = item[1] or "/", item[2] or item[3]
    method, tell = operation.method, _teller(operation)

    def act(reading: Reading, world: World) -> Answer | Problem | None:
        name = _EXPRESSION.sub(lambda found: key_text(reading.path.get(found[1], "")), collection)
        key, store = key_text(reading.path.get(parameter, "")), world.stores.get(name)
        if store is None:  # one that nobody writes to is not remembered
            store = Store(name) if method == "GET" else world.store(name)
        if method in {"PUT", "POST", "PATCH"}:
            if (sent := _sent(reading)) is not None:
                store.put(key, sent)
            return None
        kept = store.get(key)
        if kept is None and (key in store.gone or not store.pristine):
            return not_found()
        if method != "DELETE":
            return tell(kept) if kept is not None else None
        if kept is None:
            store.forget(key)
        else:
            store.delete(key)
        return None

    return act


def is_raw(media_type: str) -> bool:
    """
    Say whether content of a media type is bytes as they are, or text.
    """
    return media_type == "*/*" or kind(sent_type(media_type)) not in _TYPED


def read_at(operation: Operation) -> Contents | None:
    """
    Say whose bytes an operation answers with: it has nothing else to say, and stands at an item's path, or below it by
    a name that means its content.
    """
    response = operation.response(success_of(operation.responses))
    content = response.content if response is not None else {}
    if operation.method != "GET" or not content or not all(map(is_raw, content)):
        return None
    return _at(operation.path)


def takes_bytes(operation: Operation) -> bool:
    """
    Say whether an operation may be sent the bytes of something.
    """
    content = operation.request_body.content if operation.request_body is not None else {}
    return any(is_raw(name) or kind(name) == "multipart" for name in content)


def sent_to(operation: Operation) -> Contents | None:
    """
    Say whose bytes an operation takes at an item's path, or below it by a name that means its content.
    """
    return _at(operation.path) if operation.method in {"PUT", "POST", "PATCH"} and takes_bytes(operation) else None


def carried(operation: Operation, act: Act | None) -> Act | None:
    """
    Return what does as *act* does, and keeps the bytes that it is sent or answers with those that were kept.
    """
    reads = read_at(operation)
    if reads is not None:
        return reads.read(operation, act)
    contents = sent_to(operation)
    if contents is None:
        return act

    def keep(reading: Reading, world: World) -> Answer | Problem | None:
        said = act(reading, world) if act is not None else None
        if not isinstance(said, Problem):
            contents.keep(reading, world)
        return said

    return keep


def _at(path: str) -> Contents | None:
    path = path.rstrip("/")
    below = BELOW.fullmatch(path)
    if below is not None:
        return Contents(below[1]) if below[2].lower() in _CONTENTS else None
    return Contents(path) if path.endswith("}") else None


def told_of(files: Sequence[File], shown: Mapping[str, Shape], said: Mapping[str, Any]) -> dict[str, Any]:
    """
    Return what an item tells of the one file that was sent for it, as far as it has members for that.

    Args:
        shown: the members of an item.
        said: what the request says in so many words; that stays.
    """
    if len(files) != 1:
        return {}
    (file,) = files
    found: dict[str, Any] = {}
    for name, shape in shown.items():
        key = plain(name)
        if name in said:
            continue
        if key in _FILENAMES and file.filename and "string" in shape.types:
            found[name] = file.filename
        elif key in _SIZES and shape.types & {"integer", "number"}:
            found[name] = file.size
        elif key in _TYPES and "string" in shape.types:
            found[name] = file.media_type
    return found
