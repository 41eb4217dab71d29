"""
Where each name of the front door lives: one line for each room.
"""

from __future__ import annotations

__all__ = ["HOME"]

_HOMES = {
    "aegis_sdk.errors": "EventError EventPublishError EventValidationError",
    "aegis_sdk.events.codec": (
        "EventCodec LaterVersionError Limits Route UnknownEventTypeError UpcastError encode new parse route upcaster "
        "validate"
    ),
    "aegis_sdk.events.kafka": (
        "KafkaAddressError KafkaAuthenticationError KafkaAuthorizationError KafkaCertificateError KafkaConnection "
        "KafkaRefusalError KafkaTopicError KafkaUnreachableError TopicDifference TopicPlan apply_topics plan_topics"
    ),
    "aegis_sdk.events.publisher": (
        "BrokerUnavailableError ClosingReport CloudEvents ConfluentFraming ContractEvents EventPublisher "
        "EventTooLargeError "
        "EventsNotPublishedError PublishNotAuthorizedError PublishOutcomeUnknownError PublishRefusedError "
        "PublishTimeoutError Published PublisherClosedError PublisherFullError PublisherHealth "
        "PublisherMetrics Record RecordMaker SyncEventPublisher UndeliveredEventError UnknownTopicError record_of"
    ),
    "aegis_sdk.events.consumer": (
        "ConsumerHealth ConsumerSettings ConsumerStats ConsumerStoppedError Delivery EventConsumeError EventConsumer "
        "HandlerCancelledError HandlerFailure HandlerRetry HandlerTimeoutError PartitionHealth Reject RetryLater "
        "Tombstone"
    ),
    "aegis_sdk.events.dedupe": (
        "DedupeStore HandledEvents MemoryDedupe NoDedupe PostgresDedupe RedisDedupe SqliteDedupe"
    ),
    "aegis_sdk.events.dead_letters": "DeadLetter dead_letter_topic",
}
HOME = {name: home for home, names in _HOMES.items() for name in names.split()}
