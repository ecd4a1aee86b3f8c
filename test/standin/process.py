# SPDX-License-Identifier: Apache-2.0
"""What the servers of this package have in common as processes."""

import asyncio
import json
import signal
import sys


async def until_told(info, until_eof):
    """Says where it listens in one line of JSON, then stays until SIGTERM or, if so wished, the end of stdin."""
    done = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, done.set)
    if until_eof:
        loop.add_reader(sys.stdin, lambda: sys.stdin.buffer.raw.read(4096) or done.set())
    print(json.dumps(info), flush=True)
    await done.wait()
