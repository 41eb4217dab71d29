"""
The documentation keeps its promises: every Python sample runs, and prints what the page says.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios._aegis import running_mock
from tests.unit.docs._samples import ROOT, needs_kafka, python_pages, run_apart


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.mark.parametrize("page", python_pages(), ids=_name)
def test_samples_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A reader who types the samples of a page, one after the other, gets what the page shows.
    """
    monkeypatch.setenv("AEGIS_SMS_SENDER", "02-1234-5678")
    kafka = needs_kafka(page)
    with running_mock(*(("--kafka", "embedded") if kafka else ())) as mock:
        if mock.kafka:
            monkeypatch.setenv("AEGIS_KAFKA_BOOTSTRAP", mock.kafka)
        run_apart(page, mock.url, tmp_path)
