"""
The User API: its client, models, inputs, and an error class for each problem code.
"""

from __future__ import annotations

from aegis_sdk._generated import user as _generated
from aegis_sdk._generated.user import *  # noqa: F403 -- the contract decides which names there are
from aegis_sdk.clients import AsyncUserClient, UserClient

__all__ = ["AsyncUserClient", "UserClient"]
__all__ += _generated.__all__
