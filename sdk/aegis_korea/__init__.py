"""
Korean words for generated values: people, companies, places, and numbers with valid check digits.

Registered by the entry point ``aegis`` of the group ``aegis.words``; nobody imports it. It knows how values are made
(``aegis_contracts.instances.words``) and nothing of contracts.
"""

from __future__ import annotations

from aegis_korea._vocabulary import KOREAN

__all__ = ["KOREAN"]
