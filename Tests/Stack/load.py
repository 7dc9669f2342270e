"""A steady load on a web server, from within its network: `load.py http://web:8000/`.

Sixteen requests a second, each on a connection of its own, by four clients in turn. A client looks the addresses up anew when they are four
seconds old, and takes one after the other: docs/stack.md asks clients for no more than that. A connection that is refused is made once
more, after another look, to another address: an engine may give away the address of a task that is gone, see there.

Every second it prints one line of JSON: how many requests were made, which addresses refused how often, when and why, which
requests failed, when and why, and how often each text was answered, and when. Times are seconds since 1970. Ends with SIGTERM, after the
requests that have begun.
"""

import http.client
import itertools
import json
import signal
import socket
import sys
import threading
import time
import urllib.parse

RATE = 16
CLIENTS = 4
# In seconds.
MEMORY = 4
CONNECTING = 5
ANSWERING = 30


class Client:
    """The addresses of a name, as somebody remembers them who does not look often."""

    def __init__(self, host, port):
        self.host, self.port = host, port
        self.lock, self.known, self.until = threading.Lock(), [], 0.0

    def take(self):
        with self.lock:
            if time.monotonic() >= self.until:
                self.look()
            self.known.append(self.known.pop(0))
            return self.known[-1]

    def another(self, refused):
        """One that is there after another look; the one that has refused only if there is no other."""
        with self.lock:
            self.look()
            return next((address for address in self.known if address != refused), refused)

    def look(self):
        found = socket.getaddrinfo(self.host, self.port, socket.AF_INET, socket.SOCK_STREAM)
        now = {address[0] for *_, address in found}
        # In the order of before, so that each has its turn.
        self.known = [address for address in self.known if address in now] + sorted(now - set(self.known))
        self.until = time.monotonic() + MEMORY


class Load:
    def __init__(self, url):
        self.path, self.port = url.path, url.port
        self.clients = itertools.cycle([Client(url.hostname, url.port) for _ in range(CLIENTS)])
        self.lock, self.count, self.failures, self.refused, self.answers = threading.Lock(), 0, [], {}, {}

    def begin(self):
        self.count += 1
        thread = threading.Thread(target=self.ask, args=(next(self.clients),))
        thread.start()
        return thread

    def ask(self, client):
        began = time.time()
        try:
            connection = self.connect(client)
            connection.request("GET", self.path)
            answer = connection.getresponse()
            text = answer.read().decode().strip()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status} {text[:200]}")
            connection.close()
        except Exception as error:
            with self.lock:
                self.failures.append({"began": began, "ended": time.time(), "reason": f"{type(error).__name__}: {error}"})
        else:
            self.note(self.answers, text, time.time())

    def connect(self, client):
        address, began = client.take(), time.time()
        try:
            return self.connection(address)
        except OSError as error:
            self.note(self.refused, address, began, reason=str(error))
            return self.connection(client.another(address))

    def connection(self, address):
        connection = http.client.HTTPConnection(address, self.port, timeout=CONNECTING)
        connection.connect()
        connection.sock.settimeout(ANSWERING)
        return connection

    def note(self, where, key, now, **more):
        with self.lock:
            entry = where.setdefault(key, {"count": 0, "first": now, "last": now, **more})
            entry.update(count=entry["count"] + 1, first=min(entry["first"], now), last=max(entry["last"], now))

    def tell(self, kind):
        names = ["count", "failures", "refused", "answers"]
        with self.lock:
            print(json.dumps({"kind": kind, **{name: getattr(self, name) for name in names}}), flush=True)


def main():
    load, threads, ended = Load(urllib.parse.urlsplit(sys.argv[1])), [], threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    while not ended.wait(1 / RATE):
        threads.append(load.begin())
        if load.count % RATE == 0:
            threads = [thread for thread in threads if thread.is_alive()]
            load.tell("second")
    for thread in threads:
        thread.join()
    load.tell("end")


main()
