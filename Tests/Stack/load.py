"""A steady load on a web server, from within its network: `load.py http://web:8000/`.

Five requests a second, each on a connection of its own to an address that is looked up for it, as a client without a memory
does. A connection that is refused is made once more, after another look: an engine may give away the address of a task that is gone,
see docs/stack.md. Every second it prints one line of JSON: how many requests were made, how often that happened, how many
requests failed and why, and how many answers had which text. Ends with SIGTERM, after the requests that have begun.
"""

import collections
import http.client
import json
import signal
import sys
import threading
import time
import urllib.parse

RATE = 5
TIMEOUT = 30


def main():
    url = urllib.parse.urlsplit(sys.argv[1])
    failures, retries, answers, threads, ended = [], [], collections.Counter(), [], threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())

    def ask():
        began = time.time()
        try:
            try:
                connection = http.client.HTTPConnection(url.hostname, url.port, timeout=TIMEOUT)
                connection.connect()
            except OSError as error:
                retries.append(f"{began:.3f}: {error}")
                connection.connect()
            connection.request("GET", url.path)
            answer = connection.getresponse()
            text = answer.read().decode()
            if answer.status != 200:
                raise RuntimeError(f"{answer.status} {text[:200]}")
            answers[text.strip()] += 1
            connection.close()
        except Exception as error:
            failures.append(f"{began:.3f}: {type(error).__name__}: {error} after {time.time() - began:.3f} s")

    count = 0
    while not ended.wait(1 / RATE):
        count += 1
        thread = threading.Thread(target=ask)
        thread.start()
        threads.append(thread)
        if count % RATE == 0:
            threads = [thread for thread in threads if thread.is_alive()]
            tell(count, failures, retries, answers)
    for thread in threads:
        thread.join()
    tell(count, failures, retries, answers, "end")


def tell(count, failures, retries, answers, kind="second"):
    line = {"kind": kind, "requests": count, "failures": failures, "retries": retries, "answers": answers}
    print(json.dumps(line), flush=True)


main()
