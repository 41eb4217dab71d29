"""
Where each name of the front door lives: one line for each module, a dot begins a neighbour of this file.
"""

from __future__ import annotations

__all__ = ["HOME"]

_HOMES = {
    "aegis_sdk.errors": "EventError EventPublishError EventValidationError",
    "._codec": "EventCodec Route encode new parse route upcaster validate",
    "._consuming": (
        "ConsumerHealth ConsumerSettings ConsumerStats DeadLetter DedupeStore Delivery EventConsumeError EventConsumer "
        "HandlerCancelledError HandlerRetry HandlerTimeoutError MemoryDedupe NoDedupe PartitionHealth PostgresDedupe "
        "RedisDedupe Reject RetryLater SqliteDedupe dead_letter_topic"
    ),
    "._errors": "UnknownEventTypeError UpcastError",
    "._json": "Limits",
    "._publishing": (
        "BrokerUnavailableError ClosingReport ContractEvents EventPublisher EventTooLargeError EventsNotPublishedError "
        "KafkaConnection KafkaUnreachableError PublishNotAuthorizedError PublishOutcomeUnknownError "
        "PublishRefusedError PublishTimeoutError Published PublisherClosedError PublisherFullError PublisherHealth "
        "PublisherMetrics Record RecordMaker TopicDifference TopicPlan UndeliveredEventError UnknownTopicError "
        "apply_topics plan_topics record_of"
    ),
}
HOME = {name: home for home, names in _HOMES.items() for name in names.split()}
