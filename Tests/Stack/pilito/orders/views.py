import json
import os
import socket
import time

from celery import current_app
from celery.result import AsyncResult
from django.core.cache import cache
from django.db import connection
from django.http import Http404, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from . import tasks
from .models import Order

VERSION = os.environ.get("PILITO_VERSION", "0")
# Which replica this is.
HOST = socket.gethostname()
# A release that starts, but is never healthy.
BROKEN = bool(os.environ.get("PILITO_BROKEN"))


@require_safe
def index(request):
    return HttpResponse(f"{Order.objects.count()} orders, version {VERSION} on {HOST}\n", content_type="text/plain")


@require_safe
def live(request):
    """Whether this process works, whatever it depends on: for the container's health check."""
    status = {"status": "unhealthy" if BROKEN else "healthy", "version": VERSION}
    return JsonResponse(status, status=503 if BROKEN else 200)


def ask_database():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def ask_cache():
    cache.set("health", "ok", timeout=10)
    if cache.get("health") != "ok":
        raise RuntimeError("the cache forgot what it was told")


@require_safe
def health(request):
    checks = {}
    for name, ask in {"database": ask_database, "cache": ask_cache}.items():
        try:
            ask()
            checks[name] = "healthy"
        except Exception as error:
            checks[name] = f"unhealthy: {type(error).__name__}"
    healthy = set(checks.values()) == {"healthy"} and not BROKEN
    body = {"status": "healthy" if healthy else "unhealthy", "version": VERSION, "checks": checks}
    return JsonResponse(body, status=200 if healthy else 503)


@require_safe
def fail(request):
    raise RuntimeError("as asked")


@require_safe
def slow(request):
    time.sleep(float(request.GET.get("ms", 1000)) / 1000)
    return HttpResponse("slow\n", content_type="text/plain")


@csrf_exempt
@require_POST
def enqueue(request, name):
    """Sends a task `count` times; the rest of the JSON body goes to Celery's apply_async as it is."""
    task = current_app.tasks.get(f"{tasks.__name__}.{name}")
    if task is None:
        raise Http404
    options = json.loads(request.body or "{}")
    count = options.pop("count", 1)
    return JsonResponse({"ids": [task.apply_async(**options).id for _ in range(count)]}, status=202)


@require_safe
def result(request, task_id):
    answer = AsyncResult(str(task_id))
    state = answer.state
    return JsonResponse({"state": state, "result": answer.result if state == "SUCCESS" else None})
