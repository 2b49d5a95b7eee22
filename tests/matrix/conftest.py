"""Plays the chosen cases once, before the first is judged, and shows a table of all at the end."""

from __future__ import annotations

import asyncio
import time
from collections import Counter, defaultdict
from dataclasses import dataclass

import pytest

from cases import CONNECTIONS, FACES, OPERATIONS, SCHEMES, Case, why_not
from faults import ROWS
from gateways import bytes_received
from stage import Observed, stage


@dataclass
class Run:
    cases: list[Case]
    observed: dict[str, Observed]
    stray: dict[str, int]
    """Bytes that came to a sandbox and belong to no request, by the sandbox."""
    seconds: float
    tries: int


RUN = pytest.StashKey[Run]()


def chosen(session: pytest.Session) -> list[Case]:
    """Returns the cases that some selected test is about."""
    found: dict[str, Case] = {}
    for item in session.items:
        parameters = item.callspec.params if hasattr(item, "callspec") else {}
        for case in [parameters["case"]] if "case" in parameters else parameters.get("alike", []):
            found[case.id] = case
    return list(found.values())


async def _play(cases: list[Case]) -> Run:
    began = time.monotonic()
    async with stage() as on:
        observed = await on.play(cases)
        stray = {
            f"{face} {scheme}": bytes_received(gateway) - on.accounted[gateway.url]
            for (face, scheme), gateway in on.shared.items()
        }
    return Run(cases, observed, stray, time.monotonic() - began, on.tries)


@pytest.fixture(scope="session")
def run(request: pytest.FixtureRequest) -> Run:
    request.config.stash[RUN] = asyncio.run(_play(chosen(request.session)))
    return request.config.stash[RUN]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    run = config.stash.get(RUN, None)
    if run is None:
        return
    cases = run.cases
    outcomes: defaultdict[str, Counter[str]] = defaultdict(Counter)
    executed: Counter[str] = Counter()
    for case in cases:
        observed = run.observed[case.id]
        outcomes[case.kind]["void" if observed.void else observed.seen.outcome] += 1
        executed[case.kind] += len(observed.server.executed)
    columns = ("done", "declined", "not_sent", "unknown", "void")
    write = terminalreporter.write_line
    write("")
    write(f"{'fault':22}{'cases':>7}{'executed':>10}" + "".join(f"{column:>10}" for column in columns))
    for kind, counts in outcomes.items():
        counted = "".join(f"{counts[column] or '':>10}" for column in columns)
        write(f"{kind:22}{counts.total():>7}{executed[kind]:>10}{counted}")
    total = sum(outcomes.values(), Counter())
    counted = "".join(f"{total[column]:>10}" for column in columns)
    write(f"{'all':22}{total.total():>7}{executed.total():>10}{counted}")
    write("")
    write(
        f"{len(cases)} combinations of {len(outcomes)} kinds ({len(ROWS)} ways to break), {len(OPERATIONS)} operations"
        f", {len(FACES)} faces, {len(SCHEMES)} schemes, {len(CONNECTIONS)} kinds of connection, in {run.seconds:.0f} s"
        f"; {run.tries - len(cases)} were played again because they showed nothing"
    )
    reasons = Counter(
        why
        for row in ROWS
        for operation in OPERATIONS
        for scheme in SCHEMES
        for connection in CONNECTIONS
        if (why := why_not(row, operation, scheme, connection)) is not None
    )
    for why, count in reasons.items():
        write(f"left out, {count * len(FACES)} times per moment: {why}")
