"""The script `stack/drain`, with a server that says when it got SIGTERM."""

import pathlib
import signal
import subprocess
import sys
import time
import unittest

DRAIN = pathlib.Path(__file__).resolve().parent.parent.parent / "stack/drain"
SERVER = """
import signal, sys
signal.signal(signal.SIGTERM, lambda *_: (print("told", flush=True), sys.exit(7)))
print("ready", flush=True)
while True: signal.pause()
"""


class DrainTests(unittest.TestCase):
    def start(self, delay: str, program: str = SERVER) -> "subprocess.Popen[str]":
        command = ["sh", str(DRAIN), delay, sys.executable, "-c", program]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.addCleanup(lambda: (process.kill(), process.wait(), process.stdout.close()))
        return process

    def test_the_server_is_told_after_the_delay_and_its_status_is_passed_on(self) -> None:
        process = self.start("1")
        self.assertEqual(process.stdout.readline(), "ready\n")
        begin = time.monotonic()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.stdout.readline(), "told\n")
        self.assertGreaterEqual(time.monotonic() - begin, 1)
        self.assertEqual(process.wait(30), 7)

    def test_a_second_signal_ends_the_delay(self) -> None:
        process = self.start("600")
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.send_signal(signal.SIGTERM)
        # Two that come together are one.
        while process.poll() is None:
            time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
        self.assertEqual(process.stdout.readline(), "told\n")
        self.assertEqual(process.wait(30), 7)

    def test_a_server_that_ends_by_itself_ends_it(self) -> None:
        self.assertEqual(self.start("600", "raise SystemExit(3)").wait(30), 3)


if __name__ == "__main__":
    unittest.main()
