"""
Runs Arazzo workflows against a provider: pure evaluation of expressions and criteria, a walk that asks, one driver.

It says what it cannot run, with the place, and skips nothing. What a document may say at all is known below, in
``aegis_contracts.arazzo``.
"""

from __future__ import annotations

from aegis_verifier.workflows._inputs import InputsError
from aegis_verifier.workflows._play import KIND, Document, Workflows
from aegis_verifier.workflows._runs import Ended, NotRun, Pause, Send, StepRun
from aegis_verifier.workflows._walk import Walk
from aegis_verifier.workflows.expressions._criteria import UnmetCriterion, truth, unmet_criteria
from aegis_verifier.workflows.expressions._scope import Finished, Message, Scope, evaluate, resolve
from aegis_verifier.workflows.expressions._selectors import SelectorError, Unsupported, put, select

__all__ = [
    "KIND",
    "Document",
    "Ended",
    "Finished",
    "InputsError",
    "Message",
    "NotRun",
    "Pause",
    "Scope",
    "SelectorError",
    "Send",
    "StepRun",
    "UnmetCriterion",
    "Unsupported",
    "Walk",
    "Workflows",
    "evaluate",
    "put",
    "resolve",
    "select",
    "truth",
    "unmet_criteria",
]
