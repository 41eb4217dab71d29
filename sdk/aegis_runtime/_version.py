"""
The one version that contracts, runtime, SDK and mock server share.
"""

from __future__ import annotations

VERSION = "0.1.0"
