"""One task for each way in which a task can end."""

import time
from datetime import timedelta

from celery import shared_task
from celery.exceptions import Reject
from django.utils import timezone

from .models import Order


class PaymentDeclined(Exception):
    """What a failing task fails with."""


@shared_task
def ok(value="ok"):
    return value


@shared_task
def fail(reason="insufficient funds"):
    raise PaymentDeclined(reason)


@shared_task
def slow(seconds=1.0):
    time.sleep(seconds)


@shared_task(bind=True, max_retries=5)
def retry(self, times=1, countdown=0.5):
    """Succeeds after it has been tried again so many times, so many seconds apart."""
    if self.request.retries < times:
        raise self.retry(countdown=countdown)


@shared_task(acks_late=True)
def reject():
    raise Reject("not mine", requeue=False)


@shared_task
def place(item):
    return Order.objects.create(item=item).pk


@shared_task
def tidy():
    """Deletes old orders; beat's."""
    return Order.objects.filter(placed_at__lt=timezone.now() - timedelta(days=1)).delete()[0]
