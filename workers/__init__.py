"""The consuming door: Celery workers, the scheduler and the supervisor of one process tree."""
