"""
Where the distribution keeps its own contracts.
"""

from __future__ import annotations

from pathlib import Path


def bundled() -> Path:
    """
    Return the folder with ``openapi/`` and ``schemas/`` that belongs to this installation.
    """
    ours = Path(__file__).resolve().parents[1]
    packaged = ours / "_bundled"
    return packaged if packaged.is_dir() else ours.parents[1]


def bundled_apis() -> list[Path]:
    """
    Return the OpenAPI documents that belong to this installation: every one in ``openapi/`` but what they share.
    """
    found = (bundled() / "openapi").glob("*.yaml")
    return sorted(path for path in found if path.name != "common.yaml" and not path.name.endswith(".arazzo.yaml"))


def events_beside(document: str | Path) -> Path | None:
    """
    Find the folder of event contracts that belongs to an OpenAPI file: beside it, or ``schemas/`` near it.
    """
    folder = Path(document).resolve().parent
    candidates = (folder, folder / "schemas", folder.parent / "schemas", folder / "events", folder.parent / "events")
    return next(
        (path for path in candidates if any(path.glob("asyncapi.y*ml")) or (path / "asyncapi.json").is_file()), None
    )
