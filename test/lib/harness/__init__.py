# SPDX-License-Identifier: Apache-2.0
"""Real Redis servers and real agents on loopback, clients that keep count, and everything ended by its pid.

Importable with PYTHONPATH=test/lib:test (or after `import harness_path`, see test/demo and test/integration).
"""

from .member import Member
from .redisset import RedisSet
from .timing import until
from .writers import StickyWriter, Writer, two_writers

__all__ = ["Member", "RedisSet", "StickyWriter", "Writer", "two_writers", "until"]
