"""
Which credentials are enough: whoever was let in with them must still be.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from aegis_contracts import Contract, Operation
from aegis_verifier.diff.schemas import Pair

Choice = dict[str, frozenset[str]]
_FLOW_ADDRESSES: Final = ("authorizationUrl", "tokenUrl", "refreshUrl", "deviceAuthorizationUrl")


class Security:
    """
    Compares what operations ask for; schemes are told apart by what travels, not by their names.
    """

    def __init__(self, pair: Pair) -> None:
        self._pair = pair
        self._old, self._new = _schemes(pair.old), _schemes(pair.new)
        self._flows()

    def compare(self, before: Operation, after: Operation, subject: str) -> None:
        """
        Note credentials that were enough for an operation and are not any more.
        """
        was, now = _choices(before, self._old), _choices(after, self._new)
        if was == now:
            return
        old, new = self._place(before, self._pair.old), self._place(after, self._pair.new)
        for choice in was:
            if any(_within(other, choice) for other in now):
                continue
            names = " and ".join(_said(name) for name in choice) or "no credentials"
            alike = [other for other in now if other.keys() <= choice.keys()]
            if alike:
                missing = sorted({s for n, scopes in alike[0].items() for s in scopes - choice[n]})
                message = f"{names} now needs the scope {', '.join(missing)} as well"
                self._pair.note("security-scope-added", old, new, subject, message)
            elif not choice:
                wanted = " or ".join(" and ".join(_said(n) for n in other) for other in now)
                self._pair.note("security-added", old, new, subject, f"{wanted} is needed where nothing was")
            else:
                message = f"{names} was enough, and is not any more"
                self._pair.note("security-removed", old, new, subject, message)
        wider = not all(any(_within(other, choice) for other in was) for choice in now)
        if wider and all(any(_within(other, choice) for other in now) for choice in was):
            self._pair.note("security-relaxed", old, new, subject)

    @staticmethod
    def _place(operation: Operation, contract: Contract) -> Any:
        return operation.place.at("security") if "security" in operation.node else contract.root.at("security")

    def _flows(self) -> None:
        for name, scheme in self._pair.old.security_schemes.items():
            other = self._pair.new.security_schemes.get(name)
            if other is None or other.node.get("type") != scheme.node.get("type"):
                continue
            was, now = _flows_of(scheme.node), _flows_of(other.node)
            for flow, node in was.items():
                if flow not in now:
                    message = f"{name}: the flow {flow} is gone"
                    self._pair.note("security-flow-removed", scheme.place, other.place, "", message)
                elif any(node.get(key) != now[flow].get(key) for key in _FLOW_ADDRESSES):
                    message = f"{name}: an address of the flow {flow} is another one"
                    self._pair.note("security-address-changed", scheme.place, other.place, "", message)
            if scheme.node.get("openIdConnectUrl") != other.node.get("openIdConnectUrl"):
                message = f"{name}: openIdConnectUrl is another one"
                self._pair.note("security-address-changed", scheme.place, other.place, "", message)


def _flows_of(node: Mapping[str, Any]) -> dict[str, Any]:
    flows = node.get("flows")
    return (
        {k: v for k, v in cast("dict[str, Any]", flows).items() if isinstance(v, dict)}
        if isinstance(flows, dict)
        else {}
    )


def _schemes(contract: Contract) -> dict[str, str]:
    """
    What each scheme sends, by its name.
    """
    found: dict[str, str] = {}
    for name, element in contract.security_schemes.items():
        node = element.node
        match node.get("type"):
            case "apiKey":
                where, key = node.get("in"), str(node.get("name"))
                said: Any = ["apiKey", where, key.lower() if where == "header" else key]
            case "http":
                said = ["http", str(node.get("scheme", "")).lower()]
            case other:
                said = [other]
        found[name] = json.dumps(said)
    return found


def _choices(operation: Operation, schemes: dict[str, str]) -> list[Choice]:
    found: list[Choice] = []
    for choice in operation.security or ({},):
        asked: Choice = {}
        for name, scopes in choice.items():
            key = schemes.get(name, json.dumps(["undefined", name]))
            asked[key] = asked.get(key, frozenset()) | frozenset(scopes)
        if asked not in found:
            found.append(asked)
    return found


def _within(other: Choice, choice: Choice) -> bool:
    return all(name in choice and scopes <= choice[name] for name, scopes in other.items())


def _said(name: str) -> str:
    return " ".join(str(part) for part in json.loads(name))
