# SPDX-License-Identifier: Apache-2.0
"""Moments as the API writes them."""

from datetime import datetime, timezone


def seconds():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def micros():
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
