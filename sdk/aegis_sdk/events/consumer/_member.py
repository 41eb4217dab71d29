"""
A static member of a group: one consumer, and no other, has its ``group_instance_id``.
"""

from __future__ import annotations

import time
from collections import deque
from typing import Final

__all__ = ["OneOfAKind"]

_TIMES: Final = 3
_WITHIN: Final = 60.0


class OneOfAKind:
    """
    Notices that another consumer has the same ``group_instance_id``. Kafka gives a place to whoever joined last, and
    aiokafka takes it back as soon as it hears of that: both would handle the same events for ever.

    Args:
        instance_id: the consumer's; a member without one has a place that nobody can take.
    """

    def __init__(self, instance_id: str | None) -> None:
        self._instance_id = instance_id
        self._member_id = ""
        self._displaced: deque[float] = deque(maxlen=_TIMES)

    def joined(self, member_id: str) -> None:
        """
        The group knows the consumer under this id.
        """
        self._member_id = member_id

    def rejoins(self, member_id: str) -> bool:
        """
        The group is about to be joined again, under this id; it is none where somebody else has taken the place. Say
        whether it is better to leave it to him.
        """
        if self._instance_id and self._member_id and not member_id:
            self._displaced.append(time.monotonic())
        self._member_id = member_id
        return self.is_displaced

    @property
    def is_displaced(self) -> bool:
        """
        Whether the place was taken again and again: once may be a pause of this process.
        """
        displaced = self._displaced
        return len(displaced) == _TIMES and displaced[-1] - displaced[0] < _WITHIN

    def __str__(self) -> str:
        return f"another consumer has the group_instance_id {self._instance_id}, too: each needs one of its own"
