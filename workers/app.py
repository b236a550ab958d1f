"""The Celery application: ``celery -A workers.app worker -Q parse``.

A worker of the parse queue loads the tokenizer before it forks, so that its children share it;
everything else is made in the process that uses it.
"""

from __future__ import annotations

from celery import Celery, signals
from celery.worker import WorkController as Worker

from kb.bootstrap import Application, build
from kb.jobs.celery_queue import celery_settings
from kb.jobs.protocol import Queue
from kb.settings import Settings
from kb.telemetry import configure_logging
from workers.processes import die_with_parent

settings = Settings()
app = Celery("kb", include=["workers.tasks"])
app.conf.update(celery_settings(settings.redis_url))

_application = build(settings)


def application() -> Application:
    """This process's application. Its parts are made at first use, after the fork."""
    return _application


@signals.setup_logging.connect
def _on_logging(**_: object) -> None:
    configure_logging(settings.log_level)


@signals.celeryd_after_setup.connect
def _before_fork(instance: Worker, **_: object) -> None:
    if Queue.PARSE in instance.app.amqp.queues.consume_from:
        _application.preload_for_reading()


@signals.worker_process_init.connect
def _after_fork(**_: object) -> None:
    die_with_parent()
    _application.reader.warm_up()  # the first file should not wait for modules to load
