"""
Steps that send or receive a message over Kafka, within a walk.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from aegis_contracts import Violation
from aegis_contracts.arazzo import SourceChannel, Step
from aegis_verifier._values import Failure, Wait
from aegis_verifier.workflows._requests import UnmadeError
from aegis_verifier.workflows._runs import Attempt, NotRun
from aegis_verifier.workflows.expressions._criteria import UnmetCriterion, unmet_criteria
from aegis_verifier.workflows.expressions._scope import Message, Scope, resolve
from aegis_verifier.workflows.messages import _messages
from aegis_verifier.workflows.messages._messages import Arrivals, Publish


class Topics:
    """
    What a walk knows of the records that are published meanwhile.

    Args:
        records: None without a Kafka.
    """

    def __init__(self, records: Arrivals | None) -> None:
        self._records = records
        self._taken: set[int] = set()

    def count(self) -> int:
        """
        Say how many records there are so far.
        """
        return len(self._records.all()) if self._records is not None else 0

    def ready(self, step: Step, channel: SourceChannel) -> None:
        """
        Refuse a step whose messages travel otherwise than by a Kafka that can be reached.

        Raises:
            Unsupported: another protocol carries them.
            NotRun: there is no Kafka.
        """
        _messages.kafka_only(channel)
        if self._records is None:
            said = "needs the Kafka that the provider uses: name it with --kafka, or use --run"
            raise NotRun("kafka", said, step.location)

    def send(self, step: Step, channel: SourceChannel, scope: Scope, attempt: Attempt) -> Generator[Publish, Any, None]:
        """
        Send the message of a step.
        """
        record, message = _messages.outgoing(channel, step, scope)
        broken = _messages.violations(channel, message)
        if broken:
            said = f"the message does not keep its contract: {broken[0].pointer} {broken[0].message}"
            raise UnmadeError("/message", said, step.location)
        trouble: str = yield record
        if trouble:
            raise UnmadeError("/message", f"could not be sent: {trouble}", step.location)
        scope.message = message
        attempt.failures += _of_message(unmet_criteria(step.parts("successCriteria"), scope), scope)
        attempt.ok = not attempt.failures

    def receive(
        self, step: Step, channel: SourceChannel, scope: Scope, begin: int, attempt: Attempt, seconds: float
    ) -> Generator[Wait, Any, None]:
        """
        Wait for a message that no step has received, and that has the correlation id and meets the criteria.

        Args:
            begin: records before this one belong to another workflow.
        """
        topic = _messages.address(channel, step, scope)
        wanted = resolve(step.get("correlationId"), scope) if "correlationId" in step.node else None
        criteria = step.parts("successCriteria")
        seen: list[Message] = []
        records = self._records
        assert records is not None

        def look() -> tuple[int, Message] | None:
            seen.clear()
            for index, record in enumerate(records.all()[begin:], begin):
                if record.topic != topic or index in self._taken:
                    continue
                message = _messages.incoming(record)
                if wanted is not None and not _messages.correlated(channel, message, wanted):
                    continue
                seen.append(message)
                scope.message = message
                if not unmet_criteria(criteria, scope):
                    return index, message
            return None

        found: tuple[int, Message] | None = yield Wait(look, seconds)
        if found is not None:
            self._taken.add(found[0])
            scope.message = found[1]
            attempt.failures += [Failure(one, scope.exchange) for one in _messages.violations(channel, found[1])]
        elif seen:
            scope.message = seen[-1]
            attempt.failures += _of_message(unmet_criteria(criteria, scope), scope)
        else:
            scope.message = None
            which = " with this correlationId" if wanted is not None else ""
            said = f"must come over {topic}{which} within {seconds:g} s; none did"
            attempt.failures.append(Failure(Violation("/message", "message", said, step.location), scope.exchange))
        attempt.ok = not attempt.failures


def _of_message(found: list[UnmetCriterion], scope: Scope) -> list[Failure]:
    return [Failure(Violation(one.pointer, "criterion", one.message, one.schema), scope.exchange) for one in found]
