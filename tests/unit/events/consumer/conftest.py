"""
What holds for all tests of the consumer.
"""

from __future__ import annotations

import sys

import pytest


@pytest.fixture(autouse=True)
def without_django(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A service without Django: where another test of this process has loaded it, handlers would wait for its connections.
    """
    if request.path.name != "test_django.py":
        monkeypatch.delitem(sys.modules, "django", raising=False)
