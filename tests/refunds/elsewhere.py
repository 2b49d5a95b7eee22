"""What other tests have that these use, too: the engines of databases, and the table of what can break."""

import sys
from pathlib import Path

sys.path.insert(1, str(Path(__file__).parent.parent))
sys.path.insert(1, str(Path(__file__).parent.parent / "matrix"))

import engines

from faults import NONE, ROWS, TLS, Row

TESTS = Path(__file__).parent.parent

__all__ = ["NONE", "ROWS", "TESTS", "TLS", "Row", "engines"]
