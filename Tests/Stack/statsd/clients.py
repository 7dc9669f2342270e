"""Sends known numbers with two clients: `clients.py HOST PORT UNIX_PATH`."""

import sys

import statsd
from datadog.dogstatsd.base import DogStatsd

host, port, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]

plain = statsd.StatsClient(host, port, prefix="plain")
for _ in range(10):
    plain.incr("orders.placed")
plain.incr("orders.items", 32)
plain.decr("orders.refused")
plain.gauge("basket.size", 7)
plain.gauge("basket.size", -2, delta=True)
plain.timing("checkout", 120)
with plain.pipeline() as pipe:
    for milliseconds in range(100):
        pipe.timing("query", milliseconds)
plain.set("visitors", "alice")

clients = {
    "udp": DogStatsd(host=host, port=port, disable_telemetry=True, constant_tags=["env:test"]),
    # It does not wait, and the kernel keeps ten datagrams: so it sends many samples in each.
    "uds": DogStatsd(socket_path=path, disable_telemetry=True, disable_buffering=False, constant_tags=["env:test"]),
}
for name, client in clients.items():
    for _ in range(10):
        client.increment(f"{name}.orders", tags=["kind:book", "gift"])
    client.gauge(f"{name}.basket", 2.5)
    for value in (1, 20, 300):
        client.histogram(f"{name}.size", value)
        client.distribution(f"{name}.spread", value)
    client.timing(f"{name}.checkout", 120)
    client.set(f"{name}.visitors", "alice")
    client.event("deployed", "version 2")
    client.service_check("redis", client.OK)
    client.flush()
