"""
From a contract to a plan. What the generated SDK could not carry is refused here, all of it at once, with its place.
"""

from __future__ import annotations

from aegis_codegen.compiler._compile import compile_contract

__all__ = ["compile_contract"]
