"""Private database servers for tests, each in a folder of its own, which ends with the program that started it.

In Python: ``with engines.start("postgres") as engine: engine.url``.
For other languages: ``python tests/engines/serve.py postgres``.
"""

from .engine import Engine, Missing, start

__all__ = ["Engine", "Missing", "start"]
