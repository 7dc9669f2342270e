import os

from celery import Celery

from .liveness import Liveness

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pilito.settings")

app = Celery("pilito")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["consumer"].add(Liveness)
