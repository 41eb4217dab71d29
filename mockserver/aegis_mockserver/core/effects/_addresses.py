"""
Addresses inside answers: every declared server's origin, and what behaviours call ``HERE``, is the mock's own.
"""

from __future__ import annotations

# What stands for the mock's own address, and where the contract is mounted there, until an answer leaves.
HERE = "http://here.mock.invalid"
