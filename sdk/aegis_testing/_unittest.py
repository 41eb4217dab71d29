"""
The kit for ``unittest``: a mixin.
"""

from __future__ import annotations

import atexit
import unittest
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from aegis_mockserver.pytest_plugin import Mocks
from aegis_testing._kit import Kit, open_kit

if TYPE_CHECKING:
    _Base = unittest.TestCase
else:
    _Base = object

_mocks = Mocks()
atexit.register(_mocks.close)


class AegisTests(_Base):
    """
    Gives each test a kit, in a world of its own: ``class Tests(AegisTests, unittest.TestCase)``.

    Attributes:
        mock_documents: what the mock serves; the bundled Aegis contracts if left out.
        aegis: the kit.
    """

    mock_documents: ClassVar[Sequence[str | Path]] = ()
    aegis: Kit

    def setUp(self) -> None:
        """
        Open the kit.
        """
        super().setUp()
        stack = ExitStack()
        self.addCleanup(stack.close)
        self.aegis = stack.enter_context(open_kit(*self.mock_documents, seed=self.id(), mocks=_mocks))
