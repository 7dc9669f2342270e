"""Gunicorn's settings: two workers of four threads, recycled after about a thousand requests."""

import os
import socket
import threading
import time

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


def post_worker_init(worker):
    """Gunicorn resolves the name of its StatsD once, before it forks. In a swarm it may not resolve yet, and mean another
    address later: whoever counts is not to be waited for, and may be replaced."""
    if isinstance(worker.cfg.statsd_host, tuple):
        threading.Thread(target=follow_statsd, args=(worker,), daemon=True).start()


def follow_statsd(worker):
    log = worker.log
    while True:
        try:
            found = socket.getaddrinfo(*worker.cfg.statsd_host, type=socket.SOCK_DGRAM)
            if log.sock is None or log.sock.getpeername() not in [address for *_, address in found]:
                family, kind, _, _, address = found[0]
                follower = socket.socket(family, kind)
                follower.connect(address)
                log.sock = follower
                # The master tells it when it changes, and nobody there was told.
                log.gauge("gunicorn.workers", worker.cfg.workers)
        except OSError:
            pass
        time.sleep(10)
