"""
The topics that the event contracts ask for.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from aegis_contracts import bundled


def contract_topics(folder: Path | None = None) -> dict[str, int]:
    """
    The topics of the event contracts with their numbers of partitions.

    Args:
        folder: Where asyncapi.yaml stands; the bundled contracts, if not given.
    """
    path = (folder or Path(bundled()) / "schemas") / "asyncapi.yaml"
    document: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    topics: dict[str, int] = {}
    for channel in document.get("channels", {}).values():
        kafka = channel.get("bindings", {}).get("kafka", {})
        topics[kafka.get("topic") or channel["address"]] = int(kafka.get("partitions", 1))
    return topics
