"""
Two versions of an OpenAPI document, operation by operation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from aegis_contracts import Contract, Operation
from aegis_verifier.diff._change import Changes
from aegis_verifier.diff.openapi._body import compare_body
from aegis_verifier.diff.openapi._life import Calendar, compare_life, note_removal
from aegis_verifier.diff.openapi._names import name_of, template
from aegis_verifier.diff.openapi._parameters import compare_parameters
from aegis_verifier.diff.openapi._responses import compare_responses
from aegis_verifier.diff.openapi._security import Security
from aegis_verifier.diff.openapi._servers import addresses, compare_servers
from aegis_verifier.diff.schemas import Pair


def compare_openapi(old: Contract, new: Contract, calendar: Calendar | None = None) -> Changes:
    """
    Find what changed between two versions of an API.

    Args:
        calendar: by which ends that were announced are judged; by default today's.
    """
    changes = Changes()
    calendar = calendar or Calendar.now()
    pair = Pair(old, new, changes)
    security = Security(pair)
    matched = list(_matched(old, new))
    taken = {after.place for _, after in matched if after is not None}
    for before, after in matched:
        if after is None:
            note_removal(pair, calendar, before, new.root.at("paths"), name_of(before))
        else:
            _operation(pair, security, calendar, before, after)
    for after in new.all_operations():
        if after.place not in taken:
            pair.note("operation-added", old.root.at("paths"), after.place, name_of(after))
    compare_servers(pair)
    _webhooks(pair, security, calendar)
    return changes


def _matched(old: Contract, new: Contract) -> Iterator[tuple[Operation, Operation | None]]:
    """
    Pair each operation with the one that takes its requests now, by path or by full address.
    """
    after = list(new.all_operations())
    by_path = {(operation.method, template(operation.path)): operation for operation in after}
    by_address: dict[tuple[str, str], Operation] | None = None
    for before in old.all_operations():
        found = by_path.get((before.method, template(before.path)))
        if found is not None:
            yield before, found
            continue
        if by_address is None:
            by_address = {
                (operation.method, template(address + operation.path)): operation
                for operation in after
                for address in addresses(operation.servers)
            }
        elsewhere = [by_address.get((before.method, template(a + before.path))) for a in addresses(before.servers)]
        if elsewhere and all(one is not None and one is elsewhere[0] for one in elsewhere):
            yield before, elsewhere[0]
            continue
        yield before, _taking(before, after)


def _taking(before: Operation, after: Iterable[Operation]) -> Operation | None:
    """
    Find the operation whose template takes the very path that the old one named.
    """
    if "{" in before.path:
        return None
    segments = before.path.split("/")
    for operation in after:
        others = operation.path.split("/")
        if operation.method != before.method or len(others) != len(segments):
            continue
        if all(o == s or (o.startswith("{") and o.endswith("}")) for s, o in zip(segments, others, strict=True)):
            return operation
    return None


def _operation(pair: Pair, security: Security, calendar: Calendar, before: Operation, after: Operation) -> None:
    subject = name_of(before)
    if not pair.flipped:
        security.compare(before, after, subject)
    same_item = pair.untouched.same(
        [before.node, before.item.node.get("parameters")], [after.node, after.item.node.get("parameters")]
    )
    if same_item and template(before.path) == template(after.path):
        return
    if before.operation_id and after.operation_id != before.operation_id and not pair.flipped:
        message = f"operationId {before.operation_id} is now {after.operation_id or 'missing'}"
        pair.note("operation-id-changed", before.place, after.place, subject, message)
    compare_life(pair, calendar, before, after, subject)
    compare_parameters(pair, calendar, before, after, subject)
    compare_body(pair, before, after, subject)
    compare_responses(pair, before, after, subject)
    _callbacks(pair, security, calendar, before, after)


def _callbacks(pair: Pair, security: Security, calendar: Calendar, before: Operation, after: Operation) -> None:
    turned = pair.turned()
    was = {(n, template(e), o.method): o for n, e, o in _called(before)}
    now = {(n, template(e), o.method): o for n, e, o in _called(after)}
    for key, operation in was.items():
        if key not in now:
            pair.note("callback-removed", operation.place, after.place.at("callbacks"), name_of(before), _callback(key))
        else:
            _operation(turned, security, calendar, operation, now[key])
    for key, operation in now.items():
        if key not in was:
            pair.note("callback-added", before.place, operation.place, name_of(before), _callback(key))


def _callback(key: tuple[str, str, str]) -> str:
    return f"callback {key[0]}: {key[2]}"


def _called(operation: Operation) -> Iterator[tuple[str, str, Operation]]:
    for name, expressions in operation.callbacks.items():
        for expression, operations in expressions.items():
            for one in operations:
                yield name, expression, one


def _webhooks(pair: Pair, security: Security, calendar: Calendar) -> None:
    turned = pair.turned()
    was = _by_name(pair.old.webhooks)
    now = _by_name(pair.new.webhooks)
    for key, operation in was.items():
        if key not in now:
            pair.note("webhook-removed", operation.place, pair.new.root, " ".join(key))
        else:
            _operation(turned, security, calendar, operation, now[key])
    for key, operation in now.items():
        if key not in was:
            pair.note("webhook-added", pair.old.root, operation.place, " ".join(key))


def _by_name(webhooks: Mapping[str, Iterable[Operation]]) -> dict[tuple[str, str], Any]:
    return {(operation.method, name): operation for name, operations in webhooks.items() for operation in operations}
