"""
The Recommendation API: its client, models, inputs, and an error class for each problem code.
"""

from __future__ import annotations

from aegis_sdk._generated import recommendation as _generated
from aegis_sdk._generated.recommendation import *  # noqa: F403 -- the contract decides which names there are
from aegis_sdk.clients import AsyncRecommendationClient, RecommendationClient

__all__ = ["AsyncRecommendationClient", "RecommendationClient"]
__all__ += _generated.__all__
