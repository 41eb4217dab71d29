"""
Stand-ins for what leaves a service besides calls: publishers without Kafka and mail senders without a mail server. They
write, judge and refuse as the real ones do, and remember what would have left.
"""

from __future__ import annotations

from aegis_testing.recorders._mail import AsyncRecordingEmailSender, RecordingEmailSender
from aegis_testing.recorders._publisher import RecordingPublisher, SyncRecordingPublisher

__all__ = ["AsyncRecordingEmailSender", "RecordingEmailSender", "RecordingPublisher", "SyncRecordingPublisher"]
