"""
Batch: re-verify any number of businesses at the registry, by state and by 진위확인, one verdict for each.

A row that is none, and an answer that is none, are verdicts of their own and never the end. A run that is ended goes on
where it was. Nothing here keeps a business: what goes in and out are files, or whatever the caller iterates.
"""

from __future__ import annotations

from aegis_sdk.batch._errors import BatchError, BatchInputError, BatchStoppedError
from aegis_sdk.batch._file import FileSettings, verify_file
from aegis_sdk.batch._rows import Row
from aegis_sdk.batch._settings import BatchSettings
from aegis_sdk.batch._summary import Summary
from aegis_sdk.batch._verify import verify_all
from aegis_sdk.clients._business import BusinessVerdict

__all__ = [
    "BatchError",
    "BatchInputError",
    "BatchSettings",
    "BatchStoppedError",
    "BusinessVerdict",
    "FileSettings",
    "Row",
    "Summary",
    "verify_all",
    "verify_file",
]
