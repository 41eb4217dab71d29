"""
What answers beside the contract's own examples: functions for single operations, and state inferred from paths.
"""

from __future__ import annotations

from aegis_mockserver.behaviours._registry import Behaviours, package_of
from aegis_mockserver.behaviours._speakers import BehavioursAndState
from aegis_mockserver.core.ports._speakers import Behave, Refuse

__all__ = ["Behave", "Behaviours", "BehavioursAndState", "Refuse", "package_of"]
