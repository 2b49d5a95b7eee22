"""A batch from a file to its last won: four workers, a pause, a crash of everything, and an error budget that fires.

Everything is done as an operator does it: by the command line, in processes of both languages. What it says is held
against the gateway's own ledger all the time. `python tests/refunds/concert.py --rows 100000` plays it by itself.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from elsewhere import TESTS, engines
from tables import install

from paywelcome.refunds import Progress, Refunds, RefundsError, State
from paywelcome.refunds.psycopg import PsycopgStore
from paywelcome.testing import Sandbox

BATCH = "concert-17"
WORKERS = ("python", "node", "python", "node")
CONCURRENCY = 8
TIMEOUT = 3.0
POLICY = ("--quiet", "0", "--timeout", str(TIMEOUT))
CLI = TESTS.parent / "bindings-node" / "dist" / "cli.js"
# What a worker's memory may grow by between the first and the last fifth of a batch, and an importer's by a file.
GROWTH, IMPORTER = 24_000, 160_000
PATIENCE = 120.0
SPEEDS = 800
"""How many cancels are sent without a ledger, to compare with."""
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy", "request_method")


@dataclass
class Played:
    """A batch, as it went."""

    rows: int
    won: int = 0
    lines: list[str] = field(default_factory=list)
    """What was measured."""
    wrong: list[str] = field(default_factory=list)

    def hold(self, holds: bool, what: str) -> None:
        if not holds:
            self.wrong.append(what)

    def tell(self, line: str) -> None:
        self.lines.append(line)


def memory(pid: int, what: str = "VmRSS") -> int:
    """Kilobytes that a process has in memory, or with ``VmHWM`` had at most."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(what)), 0)


def until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE, every: float = 0.05) -> Any:
    """Waits until something holds."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise TimeoutError(f"did not come true in {seconds:.0f} s: {what}")
        time.sleep(every)
    return value


class Concert:
    """The merchant: a gateway, a database, a file, and commands."""

    def __init__(self, gateway: Sandbox, url: str, folder: Path, played: Played) -> None:
        self.gateway, self.url, self.folder, self.played = gateway, url, folder, played
        self.file = folder / "refunds.csv"
        self.amounts: dict[str, int] = {}
        """By the payment's tid: what is to go back."""
        plain = {name: value for name, value in os.environ.items() if name.lower() not in PROXIES}
        self.env = {name: value for name, value in plain.items() if not name.startswith("PAYWELCOME_")} | {
            "PAYWELCOME_MID": gateway.mid,
            "PAYWELCOME_SIGN_KEY": gateway.sign_key,
            "PAYWELCOME_BASE_URL": gateway.url,
            "PAYWELCOME_STORE": url,
            "LANG": "C.UTF-8",
        }
        self.workers: list[subprocess.Popen[bytes]] = []
        # 25 refunds a second is a busy machine.
        self.patience = max(4 * PATIENCE, played.rows / 25)
        self.client = gateway.client(timeout=TIMEOUT)
        self.store = PsycopgStore(url)
        self.refunds = Refunds(self.client, self.store, quiet=0)

    def close(self) -> None:
        self.kill()
        self.client.close()
        self.store.close()

    def write(self) -> None:
        """Approves the payments, and writes the file: whole amounts and parts, as Excel groups them."""
        with self.file.open("w", encoding="utf-8-sig", newline="") as file:
            lines = csv.writer(file)
            lines.writerow(["환불번호", "거래ID", "취소금액", "결제금액", "결제수단"])
            for number in range(self.played.rows):
                tid = self.gateway.approve(price=12_000)
                amount = 12_000 if number % 3 else 1_000 + number % 10_000
                self.amounts[tid] = amount
                lines.writerow([f"{BATCH}-{number}", tid, f"{amount:,}", "12,000", "card"])
        self.played.won = sum(self.amounts.values())

    def command(self, language: str, *words: str) -> tuple[list[str], Path]:
        if language == "python":
            return [sys.executable, "-m", "paywelcome", "refunds", *words], self.folder
        return ["node", str(CLI), "refunds", *words], TESTS / "stores" / "node"

    def run(self, *words: str, language: str = "python") -> tuple[Any, int]:
        """Runs a command to its end; gives what it told as JSON, and how much memory it had at most."""
        command, cwd = self.command(language, *words, "--json")
        with subprocess.Popen(command, cwd=cwd, env=self.env, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as ran:
            most = 0
            while True:
                most = max(most, memory(ran.pid, "VmHWM"))
                try:
                    out, err = ran.communicate(timeout=0.1)
                    break
                except subprocess.TimeoutExpired:
                    pass
            if ran.returncode:
                raise RuntimeError(f"{' '.join(words)} ended with {ran.returncode}: {out.decode()}{err.decode()}")
        return json.loads(out), most

    def work(self) -> None:
        """Starts the workers, each time with the same command."""
        for number, language in enumerate(WORKERS):
            command, cwd = self.command(language, "run", "--batch", BATCH, "--concurrency", str(CONCURRENCY), *POLICY)
            with (self.folder / f"worker-{number}.log").open("ab") as log:
                self.workers.append(subprocess.Popen(command, cwd=cwd, env=self.env, stdout=log, stderr=log))

    def kill(self) -> None:
        for worker in self.workers:
            worker.kill()
        for worker in self.workers:
            worker.wait()
        self.workers.clear()

    def rule(self) -> int:
        """Rules on all that is in review, by what the gateway says; gives how many those were."""
        ruled = 0
        for refund in self.refunds.in_review(100_000):
            found = self.gateway.payment(refund.tid).cancelled
            try:
                self.refunds.resolve(refund.key, "done" if found else "retry", by="the test")
            except RefundsError as error:
                # What was sent may still arrive.
                self.played.hold(error.until is not None, f"{refund.key}: {error}")
                continue
            ruled += 1
        return ruled

    def in_state(self, *states: State) -> int:
        """How many of the batch's refunds are in one of these states."""
        counts = self.progress().counts
        return sum(counts[state].refunds for state in states)

    def progress(self) -> Progress:
        return self.refunds.progress(BATCH)


class Executions:
    """How many cancels of the batch moved money."""

    def __init__(self, gateway: Sandbox, base: int) -> None:
        self._gateway, self._base = gateway, base

    @property
    def value(self) -> int:
        return self._gateway.executions - self._base


class Watching:
    """Reads what `progress` tells while the batch continues, and holds it against the gateway and the file."""

    def __init__(self, concert: Concert, moved: Executions) -> None:
        self._concert, self._moved = concert, moved
        self.looks = 0
        self.states: set[str] = set()
        command, cwd = concert.command("node", "progress", BATCH, "--every", "0.3", "--json")
        quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
        self._ran = subprocess.Popen(command, cwd=cwd, env=concert.env, **quiet)
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def end(self) -> None:
        with self._ran:
            self._ran.terminate()
            self._thread.join()

    def _read(self) -> None:
        assert self._ran.stdout is not None
        played = self._concert.played
        # Of two lines before: what had surely moved when the store was asked.
        moved = [0, 0]
        for line in self._ran.stdout:
            after = self._moved.value
            told = json.loads(line)["progress"]
            counts = told["counts"]
            self.looks += 1
            self.states.add(told["state"])
            all_refunds = sum(count["refunds"] for count in counts.values())
            all_won = sum(count["amount"] for count in counts.values())
            sums = (told["total"]["refunds"], told["total"]["amount"])
            played.hold(sums == (all_refunds, all_won) == (played.rows, played.won), f"the sums are {sums}")
            done = counts["done"]["refunds"]
            played.hold(done <= after, f"{done} are told as done, and {after} have moved")
            may = sum(counts[state]["refunds"] for state in ("done", "sending", "review", "unknown"))
            played.hold(moved[0] <= may, f"{moved[0]} have moved, and {may} are told")
            moved = [moved[1], after]


def pace_of_the_gateway(concert: Concert) -> float:
    """How many cancels a second it takes from one process, with nothing recorded."""
    tids = [concert.gateway.approve(price=12_000) for _ in range(SPEEDS)]
    began = time.monotonic()
    with ThreadPoolExecutor(CONCURRENCY) as pool:
        list(pool.map(lambda tid: concert.client.cancel(pay_type="card", tid=tid, price=12_000), tids))
    return SPEEDS / (time.monotonic() - began)


def act(concert: Concert, engine: engines.Engine) -> None:
    """Plays the batch."""
    played, gateway = concert.played, concert.gateway
    pace = pace_of_the_gateway(concert)
    base = gateway.executions
    concert.write()
    arguments = ("import", str(concert.file), "--batch", BATCH, "--yes")
    began = time.monotonic()
    told, most = concert.run(*arguments)
    took = time.monotonic() - began
    played.hold((told["requested"], told["known"]) == (played.rows, 0), f"the import told {told}")
    played.tell(f"import of {played.rows:,} lines, {played.won:,} won: {took:.1f} s, {most / 1000:.0f} MB at most")
    played.hold(most < IMPORTER, f"the importer had {most} kB")
    told, most = concert.run(*arguments, language="node")
    played.hold((told["requested"], told["known"]) == (0, played.rows), f"the second import told {told}")
    played.tell(f"the same file again, by Node.js: nothing is new, {most / 1000:.0f} MB at most")

    executions = Executions(gateway, base)
    watching = Watching(concert, executions)
    try:
        _drain(concert, engine, executions, pace)
    finally:
        watching.end()
    played.hold(watching.states == {"running", "paused"}, f"progress told {watching.states}")
    played.tell(f"{watching.looks} looks at progress: the sums were right to the won each time")
    final = concert.progress().counts["done"]
    played.hold((final.refunds, final.amount) == (played.rows, played.won), f"it ended with {final}")
    played.hold(executions.value == played.rows, f"{executions.value} cancels moved money")
    for tid, amount in concert.amounts.items():
        moved = gateway.payment(tid).cancelled
        if moved != amount:
            played.hold(False, f"{moved} went back of {tid}, not {amount}")


def _drain(concert: Concert, engine: engines.Engine, moved: Executions, pace: float) -> None:
    played, gateway, rows = concert.played, concert.gateway, concert.played.rows
    refunds = concert.refunds
    concert.work()
    until(lambda: moved.value > rows // 10, "a tenth went back", concert.patience)
    speed_at, speed_from = time.monotonic(), moved.value
    first = [memory(worker.pid) for worker in concert.workers]
    until(lambda: moved.value > rows // 4, "a quarter went back", concert.patience)
    speed = (moved.value - speed_from) / (time.monotonic() - speed_at)
    bare = f"one process sends {pace:.0f} a second with nothing recorded"
    played.tell(f"{speed:.0f} refunds a second by four workers on one PostgreSQL; {bare}")

    concert.run("pause", BATCH, "--by", "the test")
    at = gateway.request_count
    until(lambda: concert.in_state("sending") == 0, "what is under way ends")
    time.sleep(1.0)
    late = gateway.request_count - at
    played.hold(late <= len(WORKERS) * CONCURRENCY, f"{late} requests after the pause")
    played.tell(f"paused: {late} requests afterwards, of {len(WORKERS) * CONCURRENCY} that may be under way")
    concert.run("resume", BATCH, "--by", "the test", "--yes")

    until(lambda: moved.value > rows // 2, "half went back", concert.patience)
    last = [memory(worker.pid) for worker in concert.workers]
    # Everything at once, as a machine that loses its power.
    concert.kill()
    engine.again(0.5)
    left = concert.in_state("sending")
    concert.work()
    until(lambda: moved.value > rows * 7 // 10, "it continues", concert.patience)
    played.tell(f"kill -9 of all workers and of PostgreSQL at half: {left} were under way; the same commands continued")

    # Nothing is answered any more, as when a gateway has a bad hour.
    fault = gateway.arm("close", when="before_applying", times=0)
    at = gateway.request_count
    found: Progress = until(lambda: (told := concert.progress()).state == "paused" and told, "the error budget fires")
    # What the dead workers had waits, as all of a paused batch does.
    until(lambda: concert.in_state("sending") <= left, "what is under way ends")
    wasted = gateway.request_count - at
    fault.disarm()
    assert found.why is not None, f"it is paused by {found.paused_by}"
    played.hold(wasted <= 10 + 2 * len(WORKERS) * CONCURRENCY, f"{wasted} requests before the budget fired")
    played.tell(f"a gateway that answers nothing: {wasted} requests until the batch paused itself: {found.why.en}")
    last = [max(pair) for pair in zip(last, (memory(worker.pid) for worker in concert.workers), strict=True)]

    resumed = 0

    def is_over() -> bool:
        nonlocal resumed
        is_paused = concert.progress().state == "paused"
        if is_paused or not concert.in_state("requested"):
            concert.rule()
        if is_paused and not refunds.in_review(1):
            concert.run("resume", BATCH, "--by", "the test", "--yes")
            resumed += 1
        return not concert.in_state("requested", "sending", "unknown", "review")

    until(is_over, "the last one went back", concert.patience, every=0.5)
    played.tell(f"a person ruled, and resumed the batch {resumed} times")
    for worker in concert.workers:
        worker.terminate()
    codes = [worker.wait(PATIENCE) for worker in concert.workers]
    played.hold(codes == [0] * len(WORKERS), f"workers ended with {codes}")
    concert.workers.clear()
    shares = [file.read_bytes().count("→ done".encode()) for file in sorted(concert.folder.glob("*.log"))]
    played.hold(min(shares) > rows // 200, f"not every worker took part: {shares}")
    played.tell(
        f"done by {', '.join(f'{share:,} ({language})' for share, language in zip(shares, WORKERS, strict=True))}"
    )
    grown = [now - then for then, now in zip(first, last, strict=True)]
    played.hold(max(grown) < GROWTH, f"workers grew by {grown} kB")
    sizes = ", ".join(f"{now / 1000:.0f}" for now in last)
    played.tell(f"workers of {sizes} MB, grown by {max(grown) / 1000:.0f} MB at most")


@contextmanager
def merchant(rows: int, url: str) -> Iterator[Concert]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="paywelcome-")))
        gateway = stack.enter_context(Sandbox(mid=f"c{time.time_ns() % 10**9}"))
        concert = Concert(gateway, url, folder, Played(rows))
        stack.callback(concert.close)
        yield concert


def play(rows: int) -> Played:
    """Plays a batch of so many rows on a PostgreSQL of its own."""
    with engines.start("postgres") as engine, merchant(rows, engine.url) as concert:
        install(concert.store, concert.client)
        began = time.monotonic()
        try:
            act(concert, engine)
        except (TimeoutError, RuntimeError, AssertionError) as error:
            logs = [file.read_text(errors="replace")[-1500:] for file in concert.folder.glob("*.log")]
            concert.played.wrong.append(f"{error}; {concert.progress()}; {logs}")
        concert.played.tell(f"{time.monotonic() - began:.0f} s in all")
        return concert.played


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    played = play(parser.parse_args().rows)
    print("\n".join(played.lines))
    for wrong in played.wrong[:20]:
        print("WRONG:", wrong)
    sys.exit(bool(played.wrong))
