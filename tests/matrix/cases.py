"""The matrix: one list of cases. Run as a program, it prints them as JSON, one a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from faults import NONE, ROWS, TLS, Row

OPERATIONS = ("cancel", "partial_cancel")
FACES = ("sync", "asyncio", "uvloop", "node")
SCHEMES = ("http", "https")
CONNECTIONS = ("fresh", "reused")


@dataclass(frozen=True)
class Case:
    """One call, what breaks at it, and what must come of it."""

    kind: str
    parameters: dict[str, Any]
    when: str
    ask: str
    """`granted`: the gateway would do it; `refused`: it would decline; `invalid`: the library lets nothing out."""
    operation: str
    face: str
    scheme: str
    connection: str
    outcome: str
    error: str | None
    faithful: str
    stalls: bool
    alone: bool

    @property
    def circumstances(self) -> str:
        """All but the face: what the four faces must agree on."""
        told = ",".join(f"{name}={value}" for name, value in self.parameters.items())
        return " ".join(
            part
            for part in (
                f"{self.kind}[{told}]" if told else self.kind,
                self.when,
                "" if self.ask == "granted" else self.ask,
                self.operation,
                self.scheme,
                self.connection,
            )
            if part
        )

    @property
    def id(self) -> str:
        return f"{self.circumstances} {self.face}"


def why_not(row: Row, operation: str, scheme: str, connection: str) -> str | None:
    """Says why a combination can't be; every other one is run."""
    if row.only not in (None, operation):
        return "the answer to this operation has no such field"
    if row.kind == "proxy_refusal" and scheme == "http":
        return "a proxy is asked for a tunnel for https only"
    if row.kind == "proxy_refusal" and connection == "reused":
        return "the sandbox lets no tunnel through, so there is no connection to use again"
    if row.kind.startswith(TLS) and scheme == "http":
        return "plain http has no handshake"
    if row.kind.startswith(TLS) and connection == "reused":
        return "a connection that is used again shakes no hands"
    return None


def _asks(row: Row) -> Iterator[tuple[str, str, str, str | None]]:
    """Returns when, ask, outcome and error."""
    for when in row.whens:
        yield when, "granted", row.outcome, row.error
    if row.refused == "declined":
        yield row.whens[0], "refused", "declined", "declined"
    elif row.refused is not None:
        yield row.whens[0], "refused", row.outcome, row.error
    if row.kind == NONE:
        yield row.whens[0], "invalid", "not_sent", "invalid_request"


def _expected(row: Row, connection: str, outcome: str, error: str | None) -> tuple[str, str | None]:
    """What a connection that is there already changes."""
    if row.kind == "close_idle" and row.parameters["at"] == "next_byte":
        # Alone, the answer is good; it is the next request on that connection that is lost.
        return ("done", None) if connection == "fresh" else ("unknown", "connection_lost")
    if row.parameters.get("close_open") is False and connection == "reused":
        return "done", None
    return outcome, error


def cases() -> list[Case]:
    """Every case there is."""
    found = []
    for row in ROWS:
        for when, ask, outcome, error in _asks(row):
            for operation in OPERATIONS:
                for scheme in SCHEMES:
                    for connection in CONNECTIONS:
                        if why_not(row, operation, scheme, connection) is not None:
                            continue
                        must, why = _expected(row, connection, outcome, error)
                        for face in FACES:
                            found.append(
                                Case(
                                    kind=row.kind,
                                    parameters=row.parameters,
                                    when=when,
                                    ask=ask,
                                    operation=operation,
                                    face=face,
                                    scheme=scheme,
                                    connection=connection,
                                    outcome=must,
                                    error=why,
                                    faithful=row.faithful,
                                    stalls=row.stalls,
                                    alone=row.alone,
                                )
                            )
    return found


if __name__ == "__main__":
    for case in cases():
        print(json.dumps({"id": case.id, **asdict(case)}, ensure_ascii=False))
