"""
What the user names as a version: a file, a folder, or either of them at a revision of git.
"""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from aegis_contracts import ContractError, Finding

Kind: TypeAlias = Literal["openapi", "asyncapi", "schema"]
_ENDINGS: Final = (".yaml", ".yml", ".json")
_TIMEOUT: Final = 60.0
_HEAD: Final = 2048
_SIGN: Final = re.compile(rb"""^(?:\xef\xbb\xbf)?\s*(?:\{\s*)?["']?(?:openapi|swagger|asyncapi)["']?\s*:""")
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
    revision, colon, inside = named.partition(":")
    if path.exists() or not colon or named.startswith(("http://", "https://")):
        if not path.exists() and not named.startswith(("http://", "https://")):
            raise refusal(named, "no-file", "does not exist", "name a file, a folder or REVISION:path")
        yield Version(named, path)
        return
    with TemporaryDirectory(prefix="aegis-diff-") as folder:
        top = _git("rev-parse", "--show-prefix").decode().strip()
        if inside.startswith(("./", "../")) or (top and not inside.startswith("/")):
            inside = str(Path(top) / inside)
        _extract(revision, inside, Path(folder), named)
        found = Path(folder) / inside.lstrip("/")
        if not found.exists():
            raise refusal(named, "no-file", f"{inside or '.'} does not exist at {revision}", "check revision and path")
        yield Version(named, found)


def _extract(revision: str, inside: str, folder: Path, named: str) -> None:
    listing = _git("ls-tree", "-r", "-z", "--full-tree", "--name-only", f"{revision}^{{tree}}", named=named)
    names = [name for name in listing.decode().split("\0") if name.endswith(_ENDINGS) or name == inside]
    if not names:
        return
    root = _git("rev-parse", "--show-toplevel").decode().strip()
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
    for path in sorted(version.path.rglob("*")):
        name = path.relative_to(version.path).as_posix()
        hidden = any(part.startswith((".", "_")) or part == "node_modules" for part in Path(name).parts)
        if path.suffix not in _ENDINGS or not path.is_file() or hidden:
            continue
        kind = kind_of(path, name)
        if kind is not None and not (kind == "schema" and "examples" in Path(name).parts):
            found.append(Document(name, path, f"{version.shown.rstrip('/')}/{name}", kind))
    return found


def kind_of(path: Path, shown: str) -> Kind | None:
    """
    Say what a file is.
    """
    from aegis_contracts._documents import Documents

    if path.is_file():
        with path.open("rb") as file:
            found = _SIGN.search(file.read(_HEAD))
        if found:
            return "asyncapi" if b"asyncapi" in found.group() else "openapi"
    data: Any = Documents.open(path if path.is_file() else shown).data
    if not isinstance(data, dict):
        return "schema" if isinstance(data, bool) else None
    if "openapi" in data or "swagger" in data:
        return "openapi"
    if "asyncapi" in data:
        return "asyncapi"
    words = {"$schema", "$id", "$defs", "$ref", "type", "properties", "allOf", "anyOf", "oneOf", "enum", "const"}
    return "schema" if words & data.keys() else None


def refusal(shown: str, rule: str, message: str, mend: str) -> ContractError:
    """
    Make the error that says why a version cannot be read.
    """
    return ContractError((Finding(shown, 0, 0, "", rule, message, mend),))
