import os

from django.core.management.utils import get_random_secret_key
from psycopg.conninfo import conninfo_to_dict

from .environment import variable

# Nothing that is signed outlives the process, so a key of its own will do.
SECRET_KEY = variable("SECRET_KEY") or get_random_secret_key()
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["orders"]
MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
ROOT_URLCONF = "pilito.urls"
WSGI_APPLICATION = "pilito.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
TIME_ZONE = "UTC"

database = conninfo_to_dict(variable("DATABASE_URL", "postgresql:///pilito"))
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": database.pop("dbname", "pilito"),
        "USER": database.pop("user", ""),
        "PASSWORD": database.pop("password", ""),
        "HOST": database.pop("host", ""),
        "PORT": database.pop("port", ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 2, **database},
    }
}

REDIS_URL = variable("REDIS_URL", "redis://127.0.0.1:6379")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "pilito",
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
    }
}

# Why an answer was 500. Without it Django mails that to somebody, and nobody else hears of it.
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django": {"handlers": ["console"], "level": "WARNING", "propagate": False}},
}

CELERY_BROKER_URL = variable("CELERY_BROKER_URL", REDIS_URL)
CELERY_RESULT_BACKEND = REDIS_URL
CELERY_RESULT_EXPIRES = 3600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    # One list of messages for each step, the first one before all others: 0 is the highest priority.
    "priority_steps": [0, 3, 6, 9],
    "queue_order_strategy": "priority",
}
if prefix := os.environ.get("CELERY_KEY_PREFIX"):
    CELERY_BROKER_TRANSPORT_OPTIONS["global_keyprefix"] = prefix
CELERY_TASK_SEND_SENT_EVENT = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 1000
# Beat looks around at least so often, in seconds, whatever is due: liveness.py.
CELERY_BEAT_MAX_LOOP_INTERVAL = 30
CELERY_BEAT_SCHEDULE = {
    "tidy": {"task": "orders.tasks.tidy", "schedule": float(os.environ.get("BEAT_INTERVAL", 5))},
}
