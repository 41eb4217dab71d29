"""
What a walk asks the world for, and what it keeps of each step.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from aegis_contracts.arazzo import Step
from aegis_verifier._values import Exchange, Failure, Request, Wait
from aegis_verifier.workflows.expressions._scope import Scope
from aegis_verifier.workflows.messages._messages import Publish


@dataclass(frozen=True)
class Send:
    """
    A request, and how long its answer may take.
    """

    request: Request
    timeout: float


@dataclass(frozen=True)
class Pause:
    """
    So many seconds in which nothing is done.
    """

    seconds: float


Asked: TypeAlias = Send | Pause | Publish | Wait


class NotRun(Exception):  # noqa: N818 - no error: what is not run here, told with its place
    """
    Something in a document that is not run.

    Args:
        rule: what it is, in one word.
        location: where it stands, as ``file#/pointer``.
    """

    def __init__(self, rule: str, message: str, location: str) -> None:
        super().__init__(f"{message} [{rule}] ({location})")
        self.rule = rule
        self.location = location


@dataclass
class StepRun:
    """
    Everything that came of one step at one place of a run, however often it was executed.

    Args:
        through: the steps that led into its workflow, outermost first.
        excused: exchanges whose failure the workflow itself deals with.
        open: why it could not be decided.
        whole: it was executed to its end, once at least.
    """

    step: Step
    through: tuple[str, ...] = ()
    exchanges: list[Exchange] = field(default_factory=list[Exchange])
    failures: list[Failure] = field(default_factory=list[Failure])
    excused: list[Exchange] = field(default_factory=list[Exchange])
    open: str = ""
    whole: bool = False


@dataclass
class Ended:
    """
    How a workflow ended.

    Args:
        failed: the step that failed and what of it, when nothing dealt with it.
    """

    scope: Scope
    failed: list[tuple[StepRun, Failure]] = field(default_factory=list[tuple[StepRun, Failure]])
    stopped: bool = False

    @property
    def ok(self) -> bool:
        """
        Say whether it reached what it was for.
        """
        return not self.failed and not self.stopped


@dataclass
class Attempt:
    """
    One execution of a step.
    """

    run: StepRun
    failures: list[Failure] = field(default_factory=list[Failure])
    inner: list[tuple[StepRun, Failure]] = field(default_factory=list[tuple[StepRun, Failure]])
    ok: bool = True
