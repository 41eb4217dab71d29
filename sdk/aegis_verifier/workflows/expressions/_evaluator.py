"""
JSONPath and XPath, by the libraries that keep to their standards.

Runs as a process of its own, too: what it is asked may take for ever inside of those libraries, and only the end of a
process ends that. So it imports nothing of ours.
"""

from __future__ import annotations

import pickle
import re
import sys
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

_PREFIX = re.compile(r"""xmlns:([A-Za-z_][\w.-]*)\s*=\s*["']([^"']*)["']""")
_SCALARS = (bool, int, float, str)
_MOST_MEMORY = 1 << 31
_MOST_RESULTS = 1_000_000
# Where modules are that the libraries load when they are first used.
_LIBRARIES = tuple({str(Path(folder)) for folder in (*sys.path, sys.prefix, sys.base_prefix) if folder})


class Refusal(ValueError):  # noqa: N818 - becomes a SelectorError, or an Unsupported, where it is told
    """
    Why an expression cannot be evaluated.

    Args:
        extra: a library is missing.
    """

    def __init__(self, message: str, *, extra: bool = False) -> None:
        super().__init__(message)
        self.extra = extra


def jsonpath(expression: str, value: Any) -> list[tuple[tuple[int | str, ...], Any]]:
    """
    Return the nodes that a JSONPath of RFC 9535 selects: where each stands, and its value.

    Raises:
        Refusal: it is none, or goes too deep.
    """
    try:
        found = _query(expression)(value)
    except RecursionError:
        raise Refusal("goes too deep") from None
    if len(found) > _MOST_RESULTS:
        raise Refusal(f"selects more than {_MOST_RESULTS:,} nodes")
    return [(tuple(node.location), node.value) for node in found]


@lru_cache(maxsize=256)
def _query(expression: str) -> Callable[[Any], Any]:
    try:
        from jsonpath_rfc9535 import JSONPathError
        from jsonpath_rfc9535 import compile as compiled
    except ModuleNotFoundError:
        raise Refusal('JSONPath needs an extra: pip install "aegis-integration[verify]"', extra=True) from None
    try:
        query = compiled(expression)
    except (JSONPathError, RecursionError) as error:
        raise Refusal(f"is no JSONPath of RFC 9535: {error}") from None
    return query.find


def xpath(version: str, expression: str, value: str) -> Any:
    """
    Return the texts of the nodes that an XPath selects, or the boolean, number or string that it is.

    Raises:
        Refusal: it is none, cannot be evaluated, or the value is no XML.
    """
    try:
        import elementpath
        from elementpath.xpath30 import XPath30Parser
        from elementpath.xpath31 import XPath31Parser
    except ModuleNotFoundError:
        raise Refusal('XPath needs an extra: pip install "aegis-integration[verify]"', extra=True) from None
    from xml.etree import ElementTree as ET

    parsers: dict[str, Any] = {
        "xpath-10": elementpath.XPath1Parser,
        "xpath-20": elementpath.XPath2Parser,
        "xpath-30": XPath30Parser,
        "xpath-31": XPath31Parser,
    }
    try:
        root = ET.fromstring(value)  # noqa: S314 - without a document type there are no entities to expand
    except ET.ParseError:
        raise Refusal("is applied to what is no XML") from None
    namespaces = dict(_PREFIX.findall(value))
    try:
        # The document is a node of its own, so that /root is its outermost element.
        found = elementpath.select(ET.ElementTree(root), expression, namespaces=namespaces, parser=parsers[version])
    except (elementpath.ElementPathError, RecursionError, ValueError, TypeError, OverflowError, LookupError) as error:
        raise Refusal(f"is no XPath, or cannot be evaluated: {error}") from None
    if isinstance(found, list):
        return [_text(node) for node in found]
    return _scalar(found)


def _text(node: Any) -> Any:
    return "".join(node.itertext()) if hasattr(node, "itertext") else _scalar(node)


def _scalar(value: Any) -> Any:
    return value if isinstance(value, _SCALARS) or value is None else str(value)


def _serve(asked: BinaryIO, told: BinaryIO) -> None:
    """
    Evaluate what is asked, one after the other; end where nobody asks any more, or by the system's alarm.
    """
    _bound_memory()
    sys.addaudithook(_alone)
    pickle.dump("ready", told)
    told.flush()
    while True:
        try:
            seconds, name, arguments = pickle.load(asked)  # noqa: S301 - from the process that started this one
        except EOFError:
            return
        _alarm(seconds)
        try:
            answer: tuple[str, Any] = ("found", jsonpath(*arguments) if name == "jsonpath" else xpath(*arguments))
        except Refusal as refusal:
            answer = ("extra" if refusal.extra else "refused", str(refusal))
        except MemoryError:
            answer = ("refused", "needs too much memory")
        _alarm(0)
        pickle.dump(answer, told)
        told.flush()


def _alone(event: str, arguments: tuple[Any, ...]) -> None:
    """
    Let an expression reach nothing but its value: XPath has functions that read files and the web.
    """
    if event == "open":
        path = str(arguments[0])
        if not path.endswith((".py", ".pyc", ".so", ".pyd", ".json")) or not path.startswith(_LIBRARIES):
            raise Refusal("reads a file, which is not done")
    elif event in {"socket.connect", "socket.getaddrinfo", "urllib.Request", "subprocess.Popen", "os.system"}:
        raise Refusal("reads the web, which is not done")


def _alarm(seconds: float) -> None:
    """
    End this process after so many seconds, although nobody is there any more who would.
    """
    try:
        from signal import ITIMER_REAL, setitimer
    except ImportError:  # there is no alarm on Windows
        return
    setitimer(ITIMER_REAL, seconds)


def _bound_memory() -> None:
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = _MOST_MEMORY if hard == resource.RLIM_INFINITY else min(_MOST_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)
