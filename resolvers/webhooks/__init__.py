"""Webhooks: endpoints that events are sent to, and each sending, tried until it is taken or given up."""

from models.webhooks import DELIVERY_JOB
from resolvers.webhooks.deliveries import (
    Attempt,
    Message,
    find_message,
    record,
    retry,
)
from resolvers.webhooks.endpoints import (
    Destinations,
    MadeSecret,
    create,
    delete,
    rotate_secret,
    update,
)

__all__ = [
    "DELIVERY_JOB",
    "Attempt",
    "Destinations",
    "MadeSecret",
    "Message",
    "create",
    "delete",
    "find_message",
    "record",
    "retry",
    "rotate_secret",
    "update",
]
