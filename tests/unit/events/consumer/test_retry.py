"""
What follows a handler's failure.
"""

from __future__ import annotations

import pytest

from aegis_sdk.events.consumer.handling._retry import Again, GiveUp, HandlerRetry, Reject, RetryLater


@pytest.mark.parametrize(
    ("policy", "error", "attempts", "elapsed", "decision"),
    [
        (HandlerRetry(), ValueError(), 1, 0.0, Again(1.0)),
        (HandlerRetry(), ValueError(), 2, 0.0, Again(2.0)),
        (HandlerRetry(), ValueError(), 3, 0.0, Again(4.0)),
        (HandlerRetry(), ValueError(), 4, 0.0, GiveUp("retries_exhausted")),
        (HandlerRetry(attempts=2000), ValueError(), 1999, 0.0, Again(60.0)),
        (HandlerRetry.NEVER, ValueError(), 1, 0.0, GiveUp("retries_exhausted")),
        (HandlerRetry(permanent=(LookupError,)), KeyError(), 1, 0.0, GiveUp("permanent_error")),
        (HandlerRetry(), Reject("no_such_user"), 1, 0.0, GiveUp("no_such_user")),
        (HandlerRetry(), RetryLater(7.5), 99, 1e9, Again(7.5)),
        (HandlerRetry(), RetryLater(), 99, 0.0, Again(1.0)),
        (HandlerRetry(patience=60.0), RetryLater(), 1, 60.0, GiveUp("patience_exhausted")),
    ],
)
def test_the_decision(
    policy: HandlerRetry, error: Exception, attempts: int, elapsed: float, decision: Again | GiveUp
) -> None:
    """
    Three retries, doubling; the handler can ask for more time or refuse for good.
    """
    assert policy.decide(error, attempts, elapsed, chance=1.0) == decision


def test_jitter_is_between_half_and_whole() -> None:
    """
    A wait is between half and the whole of its length.
    """
    policy = HandlerRetry()
    assert policy.delay(1, chance=0.0) == 1.0
    assert policy.delay(1, chance=1.0) == 2.0
    assert 1.0 <= policy.delay(1) <= 2.0


@pytest.mark.parametrize("code", ["", "kim@example.com", "no user 7", "가", "x" * 65])
def test_a_code_cannot_carry_values(code: str) -> None:
    """
    A reject code becomes a header, so it is a word and not a sentence.
    """
    with pytest.raises(ValueError, match="code"):
        Reject(code)


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"base": -1.0}, {"factor": 0.5}])
def test_policies_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    """
    A policy without a first attempt, or one that goes back in time, is refused.
    """
    with pytest.raises(ValueError, match=r"at least|seconds"):
        HandlerRetry(**wrong)  # type: ignore[arg-type]
