# SPDX-License-Identifier: Apache-2.0
"""What the demo shows: a table redrawn in place below the lines said so far; without a terminal, lines only."""

import os
import re
import shutil
import sys
import threading
import time

STYLES = {"bold": "1", "dim": "2", "red": "31", "green": "32", "yellow": "33", "cyan": "36"}
PERIOD_SECONDS = 0.2
_ESCAPE = re.compile(r"\x1b\[[0-9;]*m")


class Screen:
    """`draw` gives the lines of the table; it runs in a thread of its own, and only on a terminal."""

    def __init__(self, draw, out=sys.stdout):
        self.draw, self.out = draw, out
        self.live = out.isatty() and os.environ.get("TERM", "dumb") != "dumb"
        self.color = self.live and not os.environ.get("NO_COLOR")
        self.lines, self.drawn = [], 0
        self.lock, self.done = threading.Lock(), threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def paint(self, style, text):
        return f"\x1b[{STYLES[style]}m{text}\x1b[0m" if self.color and text else text

    def start(self):
        if self.live:
            self.out.write("\x1b[?25l")     # no cursor
            self.thread.start()

    def stop(self):
        """The table as it stands remains."""
        self.done.set()
        if self.live:
            self.thread.join()
            self.refresh()
            self.out.write("\x1b[?25h")
        self.out.flush()

    def say(self, text=""):
        """A line that stays, above the table."""
        with self.lock:
            self._erase()
            self.out.write(text + "\n")
            self._put()

    def show(self):
        """The table as lines that stay, for those without a terminal."""
        if not self.live:
            for line in self.draw():
                self.say(line)

    def refresh(self):
        lines = self.draw()
        with self.lock:
            self._erase()
            self.lines = lines
            self._put()

    def _erase(self):
        if self.drawn:
            self.out.write(f"\x1b[{self.drawn}F\x1b[J")
        self.drawn = 0

    def _put(self):
        width, height = shutil.get_terminal_size()
        shown = [cut(line, width) for line in self.lines[:height - 2]]
        self.out.write("".join(line + "\n" for line in shown))
        self.out.flush()
        self.drawn = len(shown)

    def _run(self):
        while not self.done.is_set():
            self.refresh()
            time.sleep(PERIOD_SECONDS)


def cut(line, width):
    """No longer than the terminal is wide: a line that wraps could not be erased."""
    if len(_ESCAPE.sub("", line)) <= width:
        return line
    return _ESCAPE.sub("", line)[:width]


def pad(text, width):
    """ljust() of what is seen."""
    return text + " " * max(0, width - len(_ESCAPE.sub("", text)))
