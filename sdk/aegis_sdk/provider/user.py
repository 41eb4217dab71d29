"""
The User API for those who provide it: its problems as constants, and its request bodies as models.
"""

from __future__ import annotations

from aegis_sdk._generated.user import problems as _problems
from aegis_sdk._generated.user import requests as _requests
from aegis_sdk._generated.user.problems import *  # noqa: F403 -- the contract decides which names there are
from aegis_sdk._generated.user.requests import *  # noqa: F403

__all__: list[str] = []
__all__.extend(_problems.__all__)
__all__.extend(_requests.__all__)
