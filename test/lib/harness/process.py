# SPDX-License-Identifier: Apache-2.0
"""Child processes that cannot outlive us: ended by their pid when we end, however that happens.

The kernel kills a child when the thread that started it ends: start processes from a thread that lives long.
"""

import atexit
import os
import signal
import subprocess
import time

_LIVING = set()


def end_all():
    for process in list(_LIVING):
        process.kill()


atexit.register(end_all)


class Process:
    """One command that can be started again; its output is appended to a file."""

    def __init__(self, command, log, environment=None):
        self.command, self.log = [str(word) for word in command], log
        self.environment = environment or {}
        self.process = None

    def start(self, stderr=None):
        """stderr: a file descriptor in place of the log."""
        assert not self.alive, f"{self.command[0]} runs already"
        with open(self.log, "ab") as log:
            # Its own session: Ctrl-C is for us, who then end the children in order.
            self.process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", "--", *self.command], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log if stderr is None else stderr, env={**os.environ, **self.environment},
                start_new_session=True)
        _LIVING.add(self)
        return self

    @property
    def alive(self):
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self):
        return self.process.pid

    @property
    def code(self):
        """The exit code, None while it runs."""
        return self.process.poll() if self.process else None

    def send(self, number):
        if self.alive:
            self.process.send_signal(number)

    def kill(self):
        self.send(signal.SIGKILL)
        self.wait()

    def term(self):
        self.send(signal.SIGTERM)

    def pause(self):
        self.send(signal.SIGSTOP)

    def resume(self):
        self.send(signal.SIGCONT)

    def wait(self, seconds=None):
        """The exit code; subprocess.TimeoutExpired when it runs on."""
        if self.process is None:
            return None
        code = self.process.wait(seconds)
        _LIVING.discard(self)
        return code

    def ended_within(self, seconds):
        """True also when it was never started."""
        try:
            self.wait(seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def output(self):
        try:
            with open(self.log, encoding="utf-8", errors="replace") as log:
                return log.read()
        except FileNotFoundError:
            return ""


def sleep_until(instant):
    """instant: of time.monotonic()."""
    left = instant - time.monotonic()
    if left > 0:
        time.sleep(left)
