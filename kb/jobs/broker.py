"""What operations ask of the broker: does it answer, and how much waits in it."""

from __future__ import annotations

import redis

from kb.domain.errors import ServiceUnavailable


class BrokerProbe:
    """Looks at Redis directly, beside Celery."""

    def __init__(self, broker_url: str) -> None:
        # Celery names a socket "redis+socket:///path", the client "unix:///path".
        url = broker_url.replace("redis+socket://", "unix://", 1)
        self._client = redis.Redis.from_url(url, socket_timeout=2, socket_connect_timeout=2)

    def check(self) -> None:
        """Raise ServiceUnavailable unless Redis answers."""
        try:
            self._client.ping()
        except redis.RedisError as error:
            raise ServiceUnavailable(service="Redis", detail=str(error)) from error

    def waiting(self, queue: str) -> int:
        """How many messages wait in a queue.

        Raises:
            ServiceUnavailable: Redis does not answer.
        """
        try:
            return int(self._client.llen(queue))
        except redis.RedisError as error:
            raise ServiceUnavailable(service="Redis", detail=str(error)) from error
