"""A file that is touched while the loop of Celery's worker, or of beat, goes round: a health check looks at its age.

Asking a worker with `celery inspect ping` starts a Python with all of the application and takes a second of CPU; looking at a
file takes none, and does not go by way of the broker."""

import os
from pathlib import Path

from celery import bootsteps
from celery.beat import PersistentScheduler

INTERVAL = 5.0


def touch():
    if file := os.environ.get("LIVENESS_FILE"):
        Path(file).touch()


class Liveness(bootsteps.StartStopStep):
    """A step of the worker's consumer. It starts again with each connection to the broker, which clears the timer."""

    requires = {"celery.worker.consumer.tasks:Tasks"}

    def start(self, consumer):
        touch()
        self.timer = consumer.timer.call_repeatedly(INTERVAL, touch)

    def stop(self, consumer):
        self.timer.cancel()


class Scheduler(PersistentScheduler):
    """Beat's own scheduler: `celery beat --scheduler pilito.liveness:Scheduler`."""

    def tick(self, *arguments, **options):
        touch()
        return super().tick(*arguments, **options)
