"""
A tool, not in the wheel: contracts → plan → templates → the SDK's generated packages.

It refuses what it could not carry, with the place in the contract, and never drops anything in silence.
"""

from __future__ import annotations

from aegis_codegen._generate import Difference, differences, generate, write
from aegis_codegen.compiler import compile_contract

__all__ = ["Difference", "compile_contract", "differences", "generate", "write"]
