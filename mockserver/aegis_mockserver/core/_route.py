"""
1 · route: which operation a request means.
"""

from __future__ import annotations

from dataclasses import dataclass

from aegis_contracts import Match, MethodNotAllowed, Routes
from aegis_mockserver.core._messages import Problem
from aegis_mockserver.core.operations._operation import CompiledOperation
from aegis_mockserver.world._messages import Request


@dataclass(slots=True)
class Routed:
    """
    A request and the operation that it means.

    Args:
        path_values: template expression → raw segment.
        accept: what the client accepts.
        base: where the contract is mounted: what stands before the operation's own path.
        notes: what was overlooked about the request.
        streams: server-sent events are what is answered.
    """

    request: Request
    operation: CompiledOperation
    path_values: dict[str, str]
    accept: str
    base: str = ""
    notes: tuple[str, ...] = ()
    streams: bool = False

    def overlook(self, what: str, why: str) -> None:
        """
        Take what the contract is silent about; the answer, and so the journal, notes it.
        """
        self.notes = (*self.notes, f"{what}: {why}")

    @property
    def query(self) -> str:
        """
        The raw query.
        """
        raw = self.request.query
        return raw.decode("latin-1") if raw else ""

    @property
    def seed(self) -> str:
        """
        What generated values depend on: the provider's seed and the parameters.
        """
        return f"{self.operation.seed}|{self.request.path}?{self.query}"


def route(routes: Routes[CompiledOperation], request: Request) -> Routed | Problem:
    """
    Find the operation at the request's method and path.
    """
    path = request.path
    found = routes.find(request.method, path)
    if request.method == "HEAD" and not isinstance(found, Match):
        found = routes.find("GET", path)
    # Where an item would follow, what is missing is its id.
    ended = found is None and path.endswith("/") and routes.find(request.method, f"{path}x") is None
    ended = ended and not path.endswith("//")
    if ended:
        path = path.removesuffix("/")
        found = routes.find(request.method, path)
    glued = _glued(request) if found is None else ""
    if glued:
        path, found = glued, routes.find(request.method, glued)
    if found is None:
        return Problem(
            "not_found", 404, "No contract has an operation at this path; GET /__mock__/operations lists them."
        )
    if isinstance(found, MethodNotAllowed):
        head = ["HEAD"] if "GET" in found.allowed and "HEAD" not in found.allowed else []
        allow = ", ".join([*found.allowed, *head])
        return Problem("method_not_allowed", 405, f"This path offers {allow}.", headers={"Allow": allow})
    operation, path_values, fields = found.value, found.path_values, request.fields
    surplus = path.count("/") - operation.depth
    if operation.spanning:
        surplus -= sum(path_values.get(name, "").count("/") for name in operation.spanning)
    if operation.others:
        operation, path_values = operation.meant(path_values, request.query.decode("latin-1"), fields, request.body)
    base = request.base + mounted_at(path, surplus)
    routed = Routed(request, operation, path_values, fields.get("accept", ""), base)
    if glued:
        routed.overlook("path", "an address stands behind the host, and is taken for the path that it has")
    if ended and not glued:
        routed.overlook("path", "ends with a slash that the contract's has not")
    return routed


def mounted_at(path: str, surplus: int) -> str:
    """
    Return what stands before a contract's own path.

    Args:
        surplus: how many segments that are.
    """
    return "/".join(path.split("/")[: surplus + 1]) if surplus > 0 else ""


def _glued(request: Request) -> str:
    """
    Return the path of the mock's own address where a client put it behind a host: it took it for a path alone.
    """
    host = request.fields.get("host", "")
    for address in (f"/http://{host}", f"/https://{host}"):
        if host and request.path.startswith(f"{address}/"):
            return request.path.removeprefix(address)
    return ""
