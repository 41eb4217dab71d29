"""
Instances of every model and event: valid by their contract, the same for the same seed, and changed where a test says.
"""

from __future__ import annotations

from aegis_testing.factories._errors import FactoryError
from aegis_testing.factories._make import make, make_value

__all__ = ["FactoryError", "make", "make_value"]
