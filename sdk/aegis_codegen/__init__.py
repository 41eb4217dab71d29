"""
The generator: contracts → plan → templates → packages of typed clients that stand on ``aegis_runtime``.

It refuses what it could not carry, with the place in the contract, and never drops anything in silence.
"""

from __future__ import annotations

from aegis_codegen._generate import StaleFile, generate, generate_all, stale_files, write
from aegis_codegen.compiler import compile_contract

__all__ = ["StaleFile", "compile_contract", "generate", "generate_all", "stale_files", "write"]
