"""
What the user names as a version: a file, a folder, or either of them at a revision of git.
"""

from __future__ import annotations

import io
import os
import re
import select
import subprocess
import tarfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from aegis_contracts import ContractError, Finding
from aegis_contracts.documents._bounds import MAX_BYTES
from aegis_contracts.documents._documents import Documents

Kind: TypeAlias = Literal["openapi", "asyncapi", "schema"]
_ENDINGS: Final = (".yaml", ".yml", ".json")
_TIMEOUT: Final = 60.0
_HEAD: Final = 2048
_SIGN: Final = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*(?:\{\s*)?["']?(?:openapi|swagger|asyncapi)["']?\s*:""")
_WEB: Final = ("http://", "https://")
_MOST: Final = 512 * 1024 * 1024


class Document(NamedTuple):
    """
    One document of a version.
    """

    name: str  # relative to what the user named
    path: Path
    shown: str
    kind: Kind


class Version(NamedTuple):
    """
    A version as the user named it, and where its files are.
    """

    shown: str
    path: Path


@contextmanager
def opened(named: str) -> Generator[Version]:
    """
    Give the files of a version: those on disk as they are, those of a revision in a folder that goes away again.

    Raises:
        ContractError: there is nothing of that name.
    """
    path = Path(named)
    if named.startswith(_WEB):
        yield Version(named, path)
        return
    there = bool(named) and _there(path)
    if there and (path.is_file() or path.is_dir()):
        yield Version(named, path)
        return
    if not there and ":" not in named:
        shown, said = named or '""', "does not exist" if named else "is an empty name"
        raise refusal(shown, "no-file", said, "name a file, a folder or REVISION:path")
    with TemporaryDirectory(prefix="aegis-diff-") as folder:
        yield Version(named, _piped(path, Path(folder)) if there else _committed(named, Path(folder)))


def _committed(named: str, folder: Path) -> Path:
    revision, _, inside = named.partition(":")
    top = _git("rev-parse", "--show-prefix", named=named).decode().strip()
    if inside.startswith(("./", "../")) or (top and not inside.startswith("/")):
        inside = str(Path(top) / inside)
    _extract(revision, inside, folder, named)
    found = folder / inside.lstrip("/")
    if not found.exists():
        raise refusal(named, "no-file", f"{inside or '.'} does not exist at {revision}", "check revision and path")
    return found


def _there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # a name that no file can have
        return False


def _piped(path: Path, folder: Path) -> Path:
    """
    Write what a pipe or device gives into a file: shells name the output of a command so.
    """
    shown = str(path)
    found = bytearray()
    ends = time.monotonic() + _TIMEOUT
    try:
        # Opened without waiting: nobody may ever write into it.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb", buffering=0) as pipe:
            while len(found) <= MAX_BYTES:
                if not select.select([pipe], [], [], max(0.0, ends - time.monotonic()))[0]:
                    raise refusal(shown, "no-file", f"gives nothing within {_TIMEOUT:g} s", "name a file")
                part = pipe.read(1 << 20)
                if not part:
                    break
                found += part
    except OSError as error:
        raise refusal(shown, "no-file", f"cannot be read: {error.strerror}", "name a file or a folder") from None
    if len(found) > MAX_BYTES:
        raise refusal(shown, "size", f"is larger than {MAX_BYTES >> 20} MiB", "name a file that ends")
    file = folder / "document.yaml"
    file.write_bytes(found)
    return file


def _extract(revision: str, inside: str, folder: Path, named: str) -> None:
    listing = _git("ls-tree", "-r", "-z", "--full-tree", "--name-only", f"{revision}^{{tree}}", named=named)
    names = [name for name in listing.decode().split("\0") if name and (name.endswith(_ENDINGS) or name == inside)]
    if not names:
        return
    root = _git("rev-parse", "--show-toplevel", named=named).decode().strip()
    archive = _git("archive", "--format=tar", revision, "--", *names, folder=root, named=named)
    with tarfile.open(fileobj=io.BytesIO(archive)) as files:
        if sum(member.size for member in files.getmembers()) > _MOST:
            raise refusal(named, "size", "has too many documents", "name a smaller part of the repository")
        files.extractall(folder, filter="data")


def _git(*arguments: str, folder: str | None = None, named: str = "") -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - a fixed program; the arguments are names, never a command line
            ["git", *arguments],  # noqa: S607
            cwd=folder,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except FileNotFoundError:
        raise refusal(named, "git", "needs git, which is not installed", "install git or name files") from None
    except subprocess.TimeoutExpired:
        raise refusal(named, "git", "git does not answer", "try again, or name files") from None
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        reason = said[0].removeprefix("fatal: ") if said else "git failed"
        raise refusal(named or "git", "git", f"is no revision that git can read: {reason}", "name REVISION:path")
    return done.stdout


def documents(version: Version) -> list[Document]:
    """
    List the documents of a version; of a folder, those that are OpenAPI, AsyncAPI or JSON Schema.
    """
    if str(version.path).startswith(("http:", "https:")) or version.path.is_file():
        kind = kind_of(version.path, version.shown)
        if kind is None:
            said = "is neither OpenAPI nor AsyncAPI nor JSON Schema"
            raise refusal(version.shown, "not-a-contract", said, "begin with openapi:, asyncapi: or $schema:")
        return [Document("", version.path, version.shown, kind)]
    found: list[Document] = []
    if not os.access(version.path, os.R_OK | os.X_OK):
        raise refusal(version.shown, "no-file", "cannot be read", "check its permissions")
    for path in sorted(version.path.rglob("*")):
        name = path.relative_to(version.path).as_posix()
        hidden = any(part.startswith((".", "_")) or part == "node_modules" for part in Path(name).parts)
        if path.suffix not in _ENDINGS or not path.is_file() or hidden:
            continue
        kind = kind_of(path, name)
        if kind is not None and not (kind == "schema" and "examples" in Path(name).parts):
            found.append(Document(name, path, f"{version.shown.rstrip('/')}/{name}", kind))
    if not found:
        said = "has no OpenAPI, AsyncAPI or JSON Schema document"
        raise refusal(version.shown, "no-document", said, "name the folder of the contracts")
    return found


def kind_of(path: Path, shown: str) -> Kind | None:
    """
    Say what a file is.
    """
    if path.is_file():
        try:
            with path.open("rb") as file:
                found = _SIGN.search(file.read(_HEAD))
        except OSError as error:
            raise refusal(shown, "no-file", f"cannot be read: {error.strerror}", "check its permissions") from None
        if found:
            return "asyncapi" if b"asyncapi" in found.group() else "openapi"
    data = _data(path, shown)
    if not isinstance(data, dict):
        return "schema" if isinstance(data, bool) else None
    if "openapi" in data or "swagger" in data:
        return "openapi"
    if "asyncapi" in data:
        return "asyncapi"
    words = {"$schema", "$id", "$defs", "$ref", "type", "properties", "allOf", "anyOf", "oneOf", "enum", "const"}
    return "schema" if words & data.keys() else None


def _data(path: Path, shown: str) -> Any:
    try:
        return Documents.open(path if path.is_file() else shown).data
    except ContractError as error:  # told under the name that the user gave
        raise ContractError(tuple(replace(finding, source=shown) for finding in error.findings)) from None


def refusal(shown: str, rule: str, message: str, mend: str) -> ContractError:
    """
    Make the error that says why a version cannot be read.
    """
    return ContractError((Finding(shown, 0, 0, "", rule, message, mend),))
