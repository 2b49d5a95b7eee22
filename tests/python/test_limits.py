"""A run of tests ends, and names the test that keeps it: of pytest, and of Rust's harness with `tests/limit.py`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from merchant import GUARD

ROOT = Path(__file__).parent.parent.parent
FINE = "def test_fine(): pass\n"
HANGS = {
    "an event": "import threading\ndef test_lost(): threading.Event().wait()\n",
    "a loop": "def test_lost():\n    while True: pass\n",
    "a future": """\
        import asyncio

        async def lost():
            await asyncio.get_running_loop().create_future()

        def test_lost():
            asyncio.run(lost())
        """,
    "a fixture": """\
        import threading

        import pytest

        @pytest.fixture
        def stuck():
            yield
            threading.Event().wait()

        def test_lost(stuck): pass
        """,
    "a call": """\
        import socket

        import paywelcome

        def test_lost():
            with socket.socket() as silent:
                silent.bind(("127.0.0.1", 0))
                silent.listen()
                url = f"http://127.0.0.1:{silent.getsockname()[1]}"
                client = paywelcome.Client(mid="m", sign_key="k", base_url=url)
                client.cancel(pay_type="card", tid="t", price=1, timeout=4)
        """,
}
# What no signal ends.
STUCK = {
    "the end of a pool": """\
        import threading
        from concurrent.futures import ThreadPoolExecutor

        def test_lost():
            with ThreadPoolExecutor() as pool:
                pool.submit(threading.Event().wait).result()
        """,
    "a lock of the system's, with that of the interpreter": """\
        import ctypes

        def test_lost():
            mutex = ctypes.create_string_buffer(256)
            for _ in range(2):
                ctypes.PyDLL(None).pthread_mutex_lock(mutex)
        """,
}


def run(folder: Path, source: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_planted.py").write_text(FINE + textwrap.dedent(source))
    shutil.copy(ROOT / "tests" / "conftest.py", folder)
    command = [sys.executable, "-m", "pytest", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder)]
    limits = ["-o", "timeout=1", "-o", "faulthandler_timeout=3", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, *limits, "test_planted.py"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=6 * GUARD,
    )


@pytest.mark.parametrize("source", HANGS.values(), ids=HANGS)
def test_pytest_names_what_hangs_and_goes_on(source: str, tmp_path: Path) -> None:
    ended = run(tmp_path, f"{textwrap.dedent(source)}\ndef test_after(): pass\n")
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert " test_planted.py::test_lost - Failed: Timeout (>1.0s)" in ended.stdout
    assert "2 passed" in ended.stdout or "3 passed, 1 error" in ended.stdout


@pytest.mark.skipif(sys.platform != "linux", reason="another system, another mutex")
@pytest.mark.parametrize("source", STUCK.values(), ids=STUCK)
def test_what_no_signal_ends_ends_the_run(source: str, tmp_path: Path) -> None:
    ended = run(tmp_path, source)
    assert ended.returncode == 1, ended.stdout + ended.stderr
    assert "Timeout (0:00:03)!" in ended.stderr and "in test_lost" in ended.stderr


def test_a_thread_that_stays_ends_the_run(tmp_path: Path) -> None:
    conftest = (ROOT / "tests" / "conftest.py").read_text()
    assert "dump_traceback_later(60," in conftest
    (tmp_path / "conftest.py").write_text(conftest.replace("later(60,", "later(1,"))
    (tmp_path / "test_planted.py").write_text(
        "import threading\n"
        "def test_lost(): threading.Thread(target=stays).start()\n"
        "def stays(): threading.Event().wait()\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "test_planted.py"]
    ended = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=6 * GUARD)
    assert "1 passed" in ended.stdout and ended.returncode == 1
    assert "Timeout (0:00:01)!" in ended.stderr and "in stays" in ended.stderr


# As Rust's harness has it, which says that a test is slow after a minute.
HARNESS = {
    "beside others": ("fine ... ok\ntest lost has been running for over 60 seconds\ntest slow ... ok\n", "lost"),
    "slow, and then another": (
        "a has been running for over 60 seconds\ntest b has been running for over 60 seconds\ntest a ... ok\n",
        "b",
    ),
    "one by one": ("fine ... ok\ntest m::lost ... ", "m::lost"),
    "one that is to panic": ("fine - should panic ... ok\ntest lost - should panic ... ", "lost"),
    "without a word": ("fine ... ok\n", "none that it named"),
}


def harness(text: str, then: str) -> subprocess.CompletedProcess[str]:
    program = f"import os, sys, time\nassert '--quiet' not in sys.argv\nos.write(1, {text.encode()!r})\n{then}\n"
    return subprocess.run(
        [sys.executable, ROOT / "tests" / "limit.py", sys.executable, "-c", program, "--quiet"],
        env={**os.environ, "TEST_LIMIT_SECONDS": "0.5"},
        capture_output=True,
        text=True,
        timeout=6 * GUARD,
    )


@pytest.mark.parametrize(("text", "named"), HARNESS.values(), ids=HARNESS)
def test_rusts_harness_is_ended_by_the_name_of_the_test(text: str, named: str) -> None:
    ended = harness(f"running 2 tests\ntest {text}", "time.sleep(1000)")
    assert ended.returncode == 1 and f"running: {named}\n" in ended.stderr
    assert text in ended.stdout


@pytest.mark.parametrize(
    ("code", "said"), [(0, "test result: ok. 1 passed\n"), (101, "all of it\ntest result: ok. 1 passed\n")]
)
def test_rusts_harness_ends_as_it_ends(code: int, said: str) -> None:
    ended = harness("all of it\ntest result: ok. 1 passed\n", f"sys.exit({code})")
    assert (ended.returncode, ended.stdout, ended.stderr) == (code, said, "")


def test_a_crash_of_rusts_harness_is_none_of_its_exit_codes() -> None:
    assert harness("", "os.abort()").returncode == 134
