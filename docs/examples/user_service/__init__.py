"""
A whole Aegis User Service, made with the service kit. ``README.md`` says how it runs and how it reads.
"""

from __future__ import annotations

from user_service.application import application
from user_service.settings import Settings

__all__ = ["Settings", "application"]
