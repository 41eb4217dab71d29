"""
How far a partition is done.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aegis_sdk.events.consumer.handling._offsets import OffsetTracker


@given(st.permutations(range(12)), st.integers(min_value=0, max_value=12))
def test_nothing_unfinished_is_ever_before_the_watermark(order: list[int], count: int) -> None:
    """
    In whatever order events finish, the watermark is the first unfinished offset.
    """
    tracker = OffsetTracker()
    offsets = [3 * n + 7 for n in range(12)]
    tracker.take(offsets)
    for n in order[:count]:
        tracker.done_all([offsets[n]])
    unfinished = [offsets[n] for n in order[count:]]
    assert tracker.watermark == (min(unfinished) if unfinished else offsets[-1] + 1)
    assert tracker.idle == (not unfinished)


def test_gaps_are_not_waited_for() -> None:
    """
    Offsets that were never delivered (compaction, transaction markers) do not hold the watermark.
    """
    tracker = OffsetTracker()
    tracker.take([5, 9])
    tracker.done_all([5])
    assert tracker.watermark == 9
    tracker.done_all([9])
    assert tracker.watermark == 10


def test_without_events_there_is_nothing_to_commit() -> None:
    """
    A partition that took nothing has no watermark.
    """
    assert OffsetTracker().watermark is None


@pytest.mark.parametrize("count", [1, 10_000])
def test_what_is_done_in_order_is_not_remembered(count: int) -> None:
    """
    Events done in order leave nothing behind.
    """
    tracker = OffsetTracker()
    for offset in range(count):
        tracker.take([offset])
        tracker.done_all([offset])
    assert tracker.window == 0
