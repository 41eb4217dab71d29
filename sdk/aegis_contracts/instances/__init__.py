"""
Values for schemas: deterministic, realistic, and valid by the verdict that judges everything else.

Knows JSON Schema 2020-12 and what Korean data looks like; knows no contract and nobody who asks. It refuses to return a
value that it has not seen accepted.
"""

from __future__ import annotations

from aegis_contracts.instances._context import Ungeneratable
from aegis_contracts.instances._generator import Generator, generate
from aegis_contracts.instances._invalid import Invalid, invalidate

__all__ = ["Generator", "Invalid", "Ungeneratable", "generate", "invalidate"]
