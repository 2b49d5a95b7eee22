"""Private database servers for tests, each in a folder of its own, which ends with the program that started it.

In Python: ``with engines.start("postgres") as engine: engine.url``.
For other languages: ``python tests/engines/serve.py postgres``.
"""

from .engine import Engine, Missing, start
from .serve import missing
from .server import dies_with_parent

__all__ = ["Engine", "Missing", "dies_with_parent", "missing", "start"]
