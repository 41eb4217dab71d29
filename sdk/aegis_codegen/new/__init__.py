"""
New parts of contracts: an event type, an operation, an API, written as the ones beside them are.

Works in any folder of contracts. Envelope, channels, parameters and refusals are copied from what is there; examples
are proved: valid ones are valid, invalid ones break exactly one rule. Nothing is written unless everything holds.
"""

from __future__ import annotations

from aegis_codegen.new._apis import new_api
from aegis_codegen.new._events import new_event
from aegis_codegen.new._operations import new_operation

__all__ = ["new_api", "new_event", "new_operation"]
