"""
Faults: what may go wrong on purpose, per operation and world. Each kind is a file of this folder.
"""

from __future__ import annotations

from aegis_mockserver.world.faults._fault import Fault, described, read_fault
from aegis_mockserver.world.faults._faults import Active, Faults, Met
from aegis_mockserver.world.faults._kind import Effect, Kind, Member, Turn

__all__ = ["Active", "Effect", "Fault", "Faults", "Kind", "Member", "Met", "Turn", "described", "read_fault"]
