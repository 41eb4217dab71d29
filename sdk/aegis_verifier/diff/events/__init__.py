"""
Two versions of what is sent as messages: AsyncAPI documents, and schemas that stand in files of their own.
"""

from __future__ import annotations

from aegis_verifier.diff.events._asyncapi import Asynchronous
from aegis_verifier.diff.events._messages import MODES, Mode, compare_asyncapi, compare_schema

__all__ = ["MODES", "Asynchronous", "Mode", "compare_asyncapi", "compare_schema"]
