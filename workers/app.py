"""The Celery application: ``celery -A workers.app worker -Q parse``."""

from __future__ import annotations

from celery import Celery, signals

from kb.bootstrap import Application, build
from kb.jobs.celery_queue import celery_settings
from kb.settings import Settings
from kb.telemetry import configure_logging
from workers.processes import die_with_parent

settings = Settings()
app = Celery("kb", include=["workers.tasks"])
app.conf.update(celery_settings(settings.redis_url))

_built: list[Application] = []


def application() -> Application:
    """This process's application, built at first use so that nothing is shared across a fork."""
    if not _built:
        _built.append(build(settings))
    return _built[0]


@signals.setup_logging.connect
def _on_logging(**_: object) -> None:
    configure_logging(settings.log_level)


@signals.worker_process_init.connect
def _on_fork(**_: object) -> None:
    die_with_parent()
    _built.clear()
