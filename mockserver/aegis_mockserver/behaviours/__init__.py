"""
What answers beside the contract's own examples: functions for single operations, and state inferred from paths.
"""

from __future__ import annotations

from aegis_mockserver.behaviours._registry import Behave, Behaviours, Refuse, package_of

__all__ = ["Behave", "Behaviours", "Refuse", "package_of"]
