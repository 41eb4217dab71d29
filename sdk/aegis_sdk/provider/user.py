"""
The User API for those who provide it: its problems as constants, and its request bodies as models.

There is no ``__all__``: what these modules list is re-exported as it is, which every type checker understands.
"""

from __future__ import annotations

from aegis_sdk._generated.user.problems import *  # noqa: F403 -- the contract decides which names there are
from aegis_sdk._generated.user.requests import *  # noqa: F403
