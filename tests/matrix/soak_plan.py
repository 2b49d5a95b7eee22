"""What one round of the soak does: a function of the seed and the round's number, and of nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import Any

from cases import FACES, SCHEMES
from faults import NONE, ROWS, Row

GATEWAYS = 2
"""Of each scheme."""
CLIENTS = 3
"""Of each face and gateway, kept for the whole run; the others are new."""
LATE_MS = 200
MEETS_REQUESTS = [row for row in ROWS if row.kind != NONE and not (row.alone and row.kind != "close_idle")]
HANDSHAKES = ("wrong_name", "expired", "self_signed", "tls_1_1", "handshake_stall")


@dataclass(frozen=True)
class Step:
    """One call about the round's payment."""

    operation: str
    share: float
    """How much of what remains."""
    refused: bool
    """Whether it asks for what the gateway declines."""
    row: Row | None
    when: str
    late_ms: int
    timeout: float
    give_up_ms: float | None
    fork: bool
    pause_ms: float


@dataclass(frozen=True)
class Plan:
    """One payment and its calls, and what else happens meanwhile."""

    number: int
    face: str
    scheme: str
    gateway: int
    client: int | None
    """Which of those that are kept; None: a new one."""
    price: int
    proxied: bool
    shut_ms: int | None
    close_open: bool
    handshake: str | None
    handshake_ms: int
    kill: bool
    steps: tuple[Step, ...]


def _row(random: Random, operation: str) -> Row | None:
    if random.random() < 0.25:
        return None
    # Every kind as often as any other, however many rows it has.
    kind = random.choice(sorted({row.kind for row in MEETS_REQUESTS}))
    rows = [row for row in MEETS_REQUESTS if row.kind == kind and row.only in (None, operation)]
    return random.choice(rows) if rows else None


def _step(random: Random, face: str, operation: str) -> Step:
    chance = random.random
    return Step(
        operation=operation,
        share=1.0 if operation == "cancel" or chance() < 0.1 else random.uniform(0.05, 0.6),
        refused=chance() < 0.1,
        row=_row(random, operation),
        when=random.choice(("after_applying", "before_applying", "late")),
        late_ms=random.randrange(LATE_MS),
        timeout=random.uniform(0.001, 0.15) if chance() < 0.25 else random.uniform(0.3, 1.5),
        give_up_ms=random.choice((0.0, random.uniform(0, 5), random.uniform(0, 80)))
        if face != "sync" and chance() < 0.3
        else None,
        fork=face != "node" and chance() < 0.02,
        pause_ms=random.choice((0.0, random.uniform(0, 30), random.uniform(100, 250))),
    )


def plan(seed: int, number: int) -> Plan:
    """Draws a round."""
    random = Random(f"{seed}/{number}")
    chance = random.random
    face, scheme = random.choice(FACES), random.choice(SCHEMES)
    operations = ["cancel"] if chance() < 0.35 else ["partial_cancel"] * random.randint(1, 4)
    return Plan(
        number=number,
        face=face,
        scheme=scheme,
        gateway=random.randrange(GATEWAYS),
        client=random.randrange(CLIENTS) if chance() < 0.7 else None,
        price=random.randint(1_000, 1_000_000),
        proxied=chance() < 0.02,
        shut_ms=random.randint(1, 250) if chance() < 0.02 else None,
        close_open=chance() < 0.5,
        handshake=random.choice(HANDSHAKES) if scheme == "https" and chance() < 0.02 else None,
        handshake_ms=random.randint(1, 150),
        kill=chance() < 0.002,
        steps=tuple(_step(random, face, operation) for operation in operations),
    )


def arguments_of(step: Step, row: Row, location: str) -> dict[str, Any]:
    """Returns the arguments of `arm`."""
    told: dict[str, Any] = {"kind": row.kind, **row.parameters}
    if row.kind != "close_idle":
        told["when"] = step.when
        if step.when == "late":
            told["late_ms"] = step.late_ms
    if row.kind == "redirect":
        told["location"] = location
    return told
