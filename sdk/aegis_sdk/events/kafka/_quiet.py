"""
What aiokafka's own loggers must not say: requests and answers hold passwords, tokens and whole records.
"""

from __future__ import annotations

import logging

__all__ = ["hold_back_secrets"]

_HIDDEN = "…"


class _Filter(logging.Filter):
    """
    Replaces the parts of aiokafka's messages that may hold secrets or values by what kind of thing they are.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """
        Let every record pass, without its secrets.
        """
        said = str(record.msg)
        arguments: tuple[object, ...] = record.args if isinstance(record.args, tuple) else ()
        if arguments and said.startswith(("Request to", "Response from")):
            record.args = (*arguments[:-1], type(arguments[-1]).__name__)
        elif said.startswith(("Sending (key", "Authenticated as")):
            record.args = tuple(_HIDDEN if isinstance(one, (str, bytes, type(None))) else one for one in arguments)
        elif said.startswith(("Unable connect", "Unable to request", "Closing connection", "Unexpected exception")):
            # A broker's own words may quote what was sent to it; ours say which kind of error it was.
            record.args = tuple(type(one).__name__ if isinstance(one, BaseException) else one for one in arguments)
            record.exc_info = None
        return True


_FILTER = _Filter()
_LOGGERS = ("aiokafka.conn", "aiokafka.client", "aiokafka.producer.producer", "aiokafka.producer.sender")


def hold_back_secrets() -> None:
    """
    Let aiokafka's loggers show no secrets; more than once is once.
    """
    for name in _LOGGERS:
        logging.getLogger(name).addFilter(_FILTER)
