# SPDX-License-Identifier: Apache-2.0
"""What each fault does to a request (before it is processed) and to its answer (afterwards)."""

import asyncio

from . import answers


class Ended(Exception):
    """Nothing more is said on this connection. how: close, cut, reset (see wire.Connection.end), or open: it stays
    until the client leaves."""

    def __init__(self, how):
        super().__init__(how)
        self.how = how


def _go_on(connection, late):
    if connection.gone and not late:
        raise Ended("close")


async def _delay(fault, connection):
    await asyncio.sleep(fault.seconds_now())
    _go_on(connection, fault.late)


async def _hang(fault, connection):
    released = asyncio.create_task(fault.cleared.wait())
    gone = asyncio.create_task(connection.protocol.gone.wait())
    try:
        await asyncio.wait({released} if fault.late else {released, gone}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        released.cancel()
        gone.cancel()
    _go_on(connection, fault.late)


async def _reset(fault, connection):
    raise Ended(fault.how)


async def _status(fault, connection):
    return answers.trouble(fault.code, fault.body, fault.retry_after)


BEFORE = {"delay": _delay, "hang": _hang, "reset": _reset, "refuse": _reset, "status": _status}


async def _delay_answer(fault, connection, answer):
    await asyncio.sleep(fault.seconds_now())
    return answer


async def _lose_answer(fault, connection, answer):
    raise Ended(fault.how)


async def _status_after(fault, connection, answer):
    return answers.trouble(fault.code, fault.body, fault.retry_after)


async def _garbage(fault, connection, answer):
    return answers.Answer(answer.code, fault.body.encode(), {}, "application/json")


async def _truncate(fault, connection, answer):
    whole = answers.render(answer)
    connection.send(whole[:whole.index(b"\r\n\r\n") + 4 + fault.bytes])
    raise Ended("close")


async def _large(fault, connection, answer):
    return answers.Answer(answer.code, answers.inflated(answer, fault.bytes), answer.headers, "application/json")


AFTER = {"delay-answer": _delay_answer, "lose-answer": _lose_answer, "status-after": _status_after,
         "garbage": _garbage, "truncate": _truncate, "large": _large}


async def before(fault, connection):
    """An answer in place of processing, or None."""
    return await BEFORE[fault.do](fault, connection)


async def after(fault, connection, answer):
    return await AFTER[fault.do](fault, connection, answer)
