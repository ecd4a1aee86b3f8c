# SPDX-License-Identifier: Apache-2.0
"""Loopback ports that stay ours while the server on them is down."""

import socket

ADDRESS = "127.0.0.1"


def reserve(port=0):
    """A bound socket that never listens: connections are refused, nobody else gets the port, and a server that sets
    SO_REUSEADDR (they all do) may still take it."""
    held = socket.socket()
    held.bind((ADDRESS, port))
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    return held


def number(held):
    return held.getsockname()[1]
