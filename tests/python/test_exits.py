"""Programs that end with calls in flight: no crash, no noise, no hang, and nobody is left in the dark."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

import child
from merchant import CANCEL, TID, settings
from scripted import Server, listen_only, stall

# Seven ways in as many runs each; a crash at exit may be rare.
RUNS = 30 if os.environ.get("PAYWELCOME_LONG") else 6
CODES = {"threads": 0, "daemons": 0, "loop": 0, "cancelled": 0, "sys.exit": 3, "os._exit": 4, "exception": 1}
# Whose calls are waited for by nobody who could still be told at the end.
LEFT_BEHIND = ("daemons", "loop", "sys.exit", "exception")


def end(how: str, answered: bool) -> tuple[int, list[list[str]], list[str]]:
    """Ends a program with three calls in flight, at a time at which their answers come or do not."""
    with (
        Server(stall()) as server,
        child.Child("exit_in_flight.py", how, settings(server.url, timeout=2), CANCEL) as program,
    ):
        server.await_requests(3)
        program.tell()
        if answered:
            server.release()
        code, told, errors = program.end()
    return code, told, errors.splitlines()


@pytest.mark.parametrize("answered", [False, True], ids=["unanswered", "answered"])
@pytest.mark.parametrize("how", CODES)
def test_a_program_that_ends_with_calls_in_flight(how: str, answered: bool) -> None:
    with ThreadPoolExecutor(3) as pool:
        ends = list(pool.map(lambda _: end(how, answered), range(RUNS // 2)))
    for code, told, errors in ends:
        assert code == CODES[how], (code, errors)
        if how == "exception":
            traceback, errors = errors[:3], errors[3:]
            assert traceback[0].startswith("Traceback") and "KeyError: 'unhandled'" in [*traceback, errors.pop(0)]
        # Every call that was told was logged, and nothing else was printed.
        assert len(errors) == len(told), errors
        what = "continued after its caller gave up" if how == "cancelled" else "was open when the program ended"
        assert all(line.startswith(f"cancel of tid {TID} {what}; its outcome is ") for line in errors), errors
        assert all(each[:2] == ["cancel", TID] for each in told)
        outcomes = [outcome for _, _, outcome in told]
        if how not in ("cancelled", *LEFT_BEHIND):
            assert outcomes == []
        elif answered:
            # An answer may come before the wait is given up, and then there is nothing to tell.
            assert set(outcomes) <= ({"done"} if how == "cancelled" else {"done", "unknown"})
        else:
            assert outcomes == ["unknown"] * 3


def test_what_has_not_left_at_the_end_is_called_back() -> None:
    with Server(listen_only) as server:
        given = settings(f"https://127.0.0.1:{server.port}", timeout=60, connect_timeout=60)
        with child.Child("exit_in_flight.py", "daemons", given, CANCEL) as program:
            server.await_bytes()
            program.tell()
            code, told, _ = program.end()
        assert TID.encode() not in server.received
    assert (code, told) == (0, [["cancel", TID, "not_sent"]] * 3)
