"""The seed's health endpoint: a Django view that asks PostgreSQL and Redis in every request.

Run by gunicorn as `health:application`. Connections are kept between requests, which favours it:
Django's default is to open one to PostgreSQL for each request.
"""

import os
from urllib.parse import urlsplit

from django.conf import settings

database = urlsplit(os.environ["DATABASE_URL"])

settings.configure(
    DEBUG=False,
    SECRET_KEY="benchmark",
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": database.path.lstrip("/"),
            "USER": database.username,
            "HOST": database.hostname,
            "PORT": database.port,
            "CONN_MAX_AGE": None,
        }
    },
    CACHES={
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": os.environ["REDIS_URL"],
        }
    },
)

from django.core.cache import cache  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import connection  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.urls import path  # noqa: E402


def verdict(check):
    try:
        check()
        return "pass"
    except Exception:
        return "fail"


def ask_postgresql():
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()


def ask_redis():
    cache.get("health")


def health(request):
    checks = {"postgresql": verdict(ask_postgresql), "redis": verdict(ask_redis)}
    failed = "fail" in checks.values()
    return JsonResponse(checks, status=503 if failed else 200)


urlpatterns = [path("health/", health)]

application = get_wsgi_application()
