"""Gunicorn's settings: two workers of four threads, recycled after about a thousand requests."""

import os

wsgi_app = "pilito.wsgi"
bind = os.environ.get("GUNICORN_BIND", "0.0.0.0:8000")
workers = int(os.environ.get("GUNICORN_WORKERS", 2))
threads = int(os.environ.get("GUNICORN_THREADS", 4))
preload_app = True
timeout = 120
max_requests = 1000
max_requests_jitter = 50
# Heartbeat files are written every second: not to a disk.
worker_tmp_dir = "/dev/shm"
control_socket_disable = True

# HOST:PORT or unix:///PATH of whoever counts requests.
statsd_host = os.environ.get("STATSD_HOST") or None
statsd_prefix = os.environ.get("STATSD_PREFIX", "")
dogstatsd_tags = os.environ.get("DOGSTATSD_TAGS", "")
