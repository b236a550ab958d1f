"""The doorbell over Celery and Redis, and the settings both ends share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kb.domain.errors import ServiceUnavailable
from kb.jobs.protocol import Queue

if TYPE_CHECKING:
    from celery import Celery

ADVANCE = "kb.advance"
"""Task: look at one job."""
FOLD = "kb.fold"
"""Task: fold waiting changes into the index."""
_EXPIRES_SECONDS = 600


def celery_settings(broker_url: str) -> dict[str, Any]:
    """Celery configuration, alike for the sender and the workers.

    Early acknowledgement and no results: the jobs table knows what is done, a message that is
    lost or doubled changes nothing.
    """
    return {
        "broker_url": broker_url,
        "task_ignore_result": True,
        "task_acks_late": False,
        "worker_prefetch_multiplier": 1,
        "task_serializer": "json",
        "accept_content": ["json"],
        "broker_connection_retry_on_startup": True,
        "broker_connection_max_retries": None,
        "broker_transport_options": {
            "queue_order_strategy": "priority",  # queues are served in the order they are named
            "socket_connect_timeout": 2,
            "socket_timeout": 5,
            "socket_keepalive": True,
        },
        "worker_hijack_root_logger": False,
        "worker_send_task_events": False,
        "task_create_missing_queues": True,
        "worker_cancel_long_running_tasks_on_connection_loss": False,
    }


class CeleryDoorbell:
    """Rings by sending Celery messages. Celery is imported at the first ring."""

    def __init__(self, broker_url: str) -> None:
        self._broker_url = broker_url
        self._app: Celery | None = None

    def ring(self, queue: str, job_id: int) -> None:
        """Send ``kb.advance``."""
        self._send(ADVANCE, queue, [job_id])

    def ring_indexer(self) -> None:
        """Send ``kb.fold``."""
        self._send(FOLD, Queue.INDEX, [])

    def _send(self, task: str, queue: str, args: list[int]) -> None:
        from celery import Celery  # noqa: PLC0415  (0.3 s; a plain search never rings)
        from kombu.exceptions import OperationalError  # noqa: PLC0415  (comes with Celery)

        if self._app is None:
            self._app = Celery("kb")
            self._app.conf.update(celery_settings(self._broker_url))
        try:
            self._app.send_task(
                task, args=args, queue=str(queue), expires=_EXPIRES_SECONDS, retry=False
            )
        except (OperationalError, OSError) as error:
            raise ServiceUnavailable(service="Redis", detail=str(error)) from error


class SilentDoorbell:
    """No broker: whoever works on this data folder looks at the jobs table by itself."""

    def ring(self, queue: str, job_id: int) -> None:
        """Nothing to ring."""

    def ring_indexer(self) -> None:
        """Nothing to ring."""
