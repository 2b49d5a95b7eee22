"""The engines that tests start: that they answer, and that they end with whoever started them, however that ends."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import engines
import psycopg
import pymysql
import pytest
from engines import serve
from engines.server import Refused, running

SERVE = Path(serve.__file__)


def served(
    name: str, *arguments: str, python: str = sys.executable, source: Path = SERVE, **settings: Any
) -> tuple[subprocess.Popen[str], dict[str, Any]]:
    program = subprocess.Popen(
        [python, str(source), name, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        **settings,
    )
    assert program.stdout is not None
    told = json.loads(program.stdout.readline())
    if "missing" in told:
        program.communicate()
        pytest.skip(told["missing"])
    return program, told


def ends(process: int) -> bool:
    """Waits for the end of a process that is not a child of this one."""
    try:
        opened = os.pidfd_open(process)
    except ProcessLookupError:
        return True
    with os.fdopen(opened):
        return bool(select.select([opened], [], [], 60)[0])


def processes_in(home: str) -> list[int]:
    """The processes that are in a folder, such as those that a server has started."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cwd"):
        try:
            if os.readlink(each).startswith(home):
                found.append(int(each.parts[-2]))
        except OSError:
            pass
    return found


def greeting(told: dict[str, Any], said: bytes) -> bytes:
    """What a broker answers to the first words of its protocol."""
    with socket.create_connection((told["host"], told["port"])) as connection:
        connection.sendall(said)
        return connection.recv(64)


def check_answers(told: dict[str, Any]) -> None:
    if told["name"] == "postgres":
        with psycopg.connect(told["url"]) as connection:
            row = connection.execute("SELECT current_setting('server_encoding'), current_setting('fsync')").fetchone()
            assert row == ("UTF8", "off")
        psycopg.connect(host=told["socket"], port=told["port"], user=told["user"], dbname=told["database"]).close()
    elif told["name"] == "mariadb":
        for place in ({"unix_socket": told["socket"]}, {"host": told["host"], "port": told["port"]}):
            pymysql.connect(user=told["user"], database=told["database"], **place).close()
    elif told["name"] == "redis":
        assert greeting(told, b"PING\r\n") == b"+PONG\r\n"
    else:
        assert b"capabilities" in greeting(told, b"AMQP\0\0\x09\x01")


@pytest.mark.parametrize("name", serve.ENGINES)
def test_they_answer_and_end_with_their_standard_input(name: str) -> None:
    program, told = served(name)
    check_answers(told)
    assert Path(told["home"]).is_dir()
    assert told["pid"] in processes_in(told["home"])
    assert program.stdin is not None and program.stdout is not None
    # One that crashes starts again in its place.
    program.stdin.write("0.1\n")
    program.stdin.flush()
    again = json.loads(program.stdout.readline())
    assert ends(told["pid"])
    assert {**again, "pid": None} == {**told, "pid": None}
    check_answers(again)
    program.communicate()
    assert program.returncode == 0
    assert ends(again["pid"])
    assert not Path(told["home"]).exists()
    assert all(ends(each) for each in processes_in(told["home"]))


@pytest.mark.parametrize("name", serve.ENGINES)
def test_no_server_outlives_a_program_that_was_killed(name: str) -> None:
    beside, told_beside = served(name)
    program, told = served(name)
    program.kill()
    program.communicate()
    assert ends(told["pid"])
    assert all(ends(each) for each in processes_in(told["home"]))
    shutil.rmtree(told["home"])
    check_answers(told_beside)
    beside.communicate()
    assert beside.returncode == 0


def test_one_that_crashes_keeps_what_it_must() -> None:
    try:
        with engines.start("postgres", durable=True) as engine:
            with psycopg.connect(engine.url) as connection:
                connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
            engine.again()
            with psycopg.connect(engine.url) as connection:
                assert connection.execute("SELECT number FROM kept").fetchone() == (7,)
        for durable, kept in ((True, b"$1\r\n7\r\n"), (False, b"$-1\r\n")):
            with engines.start("redis", durable=durable) as engine:
                assert greeting(vars(engine), b"SET number 7\r\n") == b"+OK\r\n"
                engine.again()
                assert greeting(vars(engine), b"GET number\r\n") == kept
    except engines.Missing as missing:
        pytest.skip(str(missing))


def test_one_that_must_not_lose_anything_syncs() -> None:
    program, told = served("postgres", "--durable")
    with psycopg.connect(told["url"]) as connection:
        assert connection.execute("SHOW fsync").fetchone() == ("on",)
    program.communicate()
    program, told = served("mariadb", "--durable")
    with (
        pymysql.connect(host=told["host"], port=told["port"], user=told["user"]) as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT @@innodb_flush_log_at_trx_commit")
        assert cursor.fetchall() == ((1,),)
    program.communicate()


def test_a_terminated_program_stops_its_server_too() -> None:
    program, told = served("postgres")
    program.send_signal(signal.SIGTERM)
    program.communicate()
    assert program.returncode == 143
    assert ends(told["pid"])
    assert not Path(told["home"]).exists()


@pytest.mark.skipif(
    os.geteuid() != 0 or not Path("/usr/bin/python3").exists(),
    reason="nobody else can be asked: this is not root, or there is no /usr/bin/python3 that all may run",
)
def test_somebody_in_particular_can_start_them() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as home:
        os.chmod(home, 0o755)
        copied = shutil.copytree(SERVE.parent, Path(home) / "engines")
        program, told = served(
            "postgres", python="/usr/bin/python3", source=copied / "serve.py", user="nobody", cwd="/"
        )
        with psycopg.connect(told["url"]) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        program.communicate()
        assert program.returncode == 0


def test_what_is_not_installed_is_said_with_its_package(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    packages = {"postgres": "postgresql", "mariadb": "mariadb-server", "redis": "redis-server"}
    for name, package in {**packages, "rabbitmq": "rabbitmq-server"}.items():
        monkeypatch.setattr(serve.ENGINES[name], "programs", lambda: None)
        serve.serve(name, durable=False)
        line = capsys.readouterr().out
        told = tmp_path / f"{name}.py"
        told.write_text(f"print({line.strip()!r})")
        monkeypatch.setattr("engines.engine.SERVE", told)
        with pytest.raises(engines.Missing, match=f"apt-get install {package}"), engines.start(name):
            raise AssertionError("it started")


def test_a_server_that_does_not_start_says_why(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = tmp_path / "broken.py"
    broken.write_text("raise SystemExit('no room on the disk')")
    monkeypatch.setattr("engines.engine.SERVE", broken)
    with pytest.raises(RuntimeError, match="no room on the disk"), engines.start("postgres"):
        raise AssertionError("it started")


def test_a_server_that_ends_before_it_is_ready_is_refused(tmp_path: Path) -> None:
    said = [sys.executable, "-c", "print('the port is in use')"]
    with pytest.raises(Refused, match="the port is in use"), running(said, None, tmp_path, "ready"):
        raise AssertionError("it ran")
