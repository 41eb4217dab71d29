"""
What a consumer's tests really use of the contracts of others, recorded while they run.

Operations that are called, what is sent, which fields of answers and events are read: ``aegis can-deploy`` judges it.
"""

from __future__ import annotations

from aegis_testing.needs._recording import recording
from aegis_testing.needs._uses import Uses
from aegis_testing.needs._widths import widened

__all__ = ["Uses", "recording", "widened"]
