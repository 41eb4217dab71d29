"""
``python -m aegis_shell``, the same as ``aegis``.
"""

from __future__ import annotations

import sys

from aegis_shell import main

sys.exit(main())
