"""Runs an example from a clone, against a sandbox and databases of its own: `python3 examples/run.py fastapi`.

It builds the library, installs what the example needs, sells an order, and asks for a refund of it. Then the example
runs until Ctrl-C; with `--once`, it ends. No money moves.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path

EXAMPLES = Path(__file__).resolve().parent
ROOT = EXAMPLES.parent
BUILD = ROOT / ".build"
PAID, AMOUNT = 12_000, 3_000
WAIT = 60  # seconds for what starts, and for a worker
PYTHON_ORDER = "CREATE TABLE orders (id INTEGER PRIMARY KEY, tid TEXT, pay_type TEXT, paid INTEGER)"
POSTGRES_ORDER = """import pg from 'pg'
const pool = new pg.Pool()
await pool.query('CREATE TABLE orders (id integer PRIMARY KEY, tid text, paid integer, asked integer DEFAULT 0)')
await pool.query('INSERT INTO orders (id, tid, paid) VALUES (1, $1, $2)', [process.env.TID, process.env.PAID])
await pool.end()"""
DJANGO_ORDER = "from orders.models import Order; Order.objects.create(tid='{tid}', paid={paid})"
# What a web server's code does, and then waits for the worker.
ASK = "refund = {ask}('order-1-1', tid='{tid}', amount={amount}, paid={paid})\n"
FOLLOW = """import json, time
until = time.monotonic() + 60
while not (refund := refunds.get('order-1-1')).is_ended and time.monotonic() < until: time.sleep(0.2)
print(json.dumps(refund.to_dict(), ensure_ascii=False))"""
ASK_NODE = """import { ask } from './ask.js'
import * as shop from './refunding.js'
const key = await ask({ id: 1, tid: process.env.TID, paid: Number(process.env.PAID) }, 1, Number(process.env.AMOUNT))
const pause = () => new Promise((done) => setTimeout(done, 200))
for (let tries = 0; tries < 300 && !(await shop.refunds.get(key)).isEnded; tries++) await pause()
console.log(JSON.stringify(await shop.refunds.get(key)))
process.exit()"""


@dataclass(frozen=True)
class Example:
    """How one is run; `{python}` is its own interpreter."""

    start: tuple[str, ...]
    ready: str = r"(http://[\d.:]+)"
    """A line that says it is; of a server with its address."""
    prepare: tuple[tuple[str, ...], ...] = ()
    engines: tuple[str, ...] = ()
    ask: tuple[str, ...] = ()
    """A command that asks for the refund and prints it; without one it is asked for over HTTP."""
    environment: dict[str, str] = field(default_factory=dict)


def manage(*words: str) -> tuple[str, ...]:
    return ("{python}", "manage.py", *words)


def served(*start: str, prepare: tuple[tuple[str, ...], ...] = (), **environment: str) -> Example:
    order = ("node", "--input-type=module", "--eval", POSTGRES_ORDER)
    ready = r"^(?:listening on|.*Local:) *(http://\S+)"
    return Example(start, ready, (*prepare, order), ("postgres",), environment={"PORT": "0", **environment})


def queued(*engines: str) -> Example:
    order = ("node", "--input-type=module", "--eval", POSTGRES_ORDER)
    ask = ("node", "--input-type=module", "--eval", ASK_NODE)
    return Example(("node", "worker.js"), r"^working$", (order,), ("postgres", *engines), ask)


RUN = {
    "fastapi": Example(("{python}", "-m", "uvicorn", "app:app", "--port=0"), r"running on (http://[\d.:]+)"),
    "django": Example(
        (*manage("runserver", "--noreload", "0"),),
        r"server at (http://[\d.:]+)",
        (
            manage("migrate", "--verbosity=0"),
            manage("createsuperuser", "--noinput", "--username=staff", "--email="),
            manage("shell", "-c", DJANGO_ORDER),
        ),
        ask=manage(
            "shell",
            "-c",
            "import json\nfrom orders.models import Order\nfrom orders.views import ask, refunds\n"
            "asked = ask(Order.objects.get(), 1, {amount})\n"
            "print(json.dumps(refunds.process(asked.key).to_dict(), ensure_ascii=False))",
        ),
        environment={"DJANGO_SECRET_KEY": "only-of-this-run", "DJANGO_SUPERUSER_PASSWORD": "staff"},
    ),
    "django-tasks": Example(
        manage("db_worker", "--queue-name=refunds", "--interval=0.2", "--no-startup-delay"),
        "",
        (manage("migrate", "--verbosity=0"),),
        ask=manage("shell", "-c", "from shop.tasks import ask, refunds\n" + ASK.replace("{ask}", "ask") + FOLLOW),
        environment={"DJANGO_SECRET_KEY": "only-of-this-run"},
    ),
    "celery": Example(
        ("{python}", "-m", "celery", "-A", "tasks", "worker", "--beat", "--schedule={home}/beat", "--loglevel=INFO"),
        r"ready\.$",
        (("{python}", "-c", "from tasks import refunds; refunds.init()"),),
        ask=("{python}", "-c", "from tasks import ask, refunds\n" + ASK.replace("{ask}", "ask") + FOLLOW),
        environment={"BROKER_FOLDER": "{home}"},
    ),
    "procrastinate": Example(
        ("{python}", "-m", "procrastinate", "--app=tasks.app", "worker", "--queues=refunds"),
        "",
        (
            ("{python}", "-m", "procrastinate", "--app=tasks.app", "schema", "--apply"),
            ("{python}", "-c", "from tasks import refunds; refunds.init()"),
        ),
        ("postgres",),
        ("{python}", "-c", "from tasks import app, ask, refunds\napp.open()\n" + ASK.replace("{ask}", "ask") + FOLLOW),
    ),
    "express": served("node", "server.js"),
    "fastify": served("node", "server.js"),
    "nestjs": served("node", "dist/main.js", prepare=(("npm", "run", "--silent", "build"),)),
    "nextjs": served(
        "node",
        "node_modules/next/dist/bin/next",
        "start",
        "-p",
        "0",
        prepare=(("npm", "run", "--silent", "build"),),
        NEXT_MANUAL_SIG_HANDLE="true",
        NEXT_TELEMETRY_DISABLED="1",
    ),
    "bullmq": queued("redis"),
    "pg-boss": queued(),
}


class Run:
    """What is running of one example, and ends with it."""

    def __init__(self, name: str, ending: ExitStack) -> None:
        self.name, self.example, self.ending = name, RUN[name], ending
        self.folder = EXAMPLES / name
        self.is_node = (self.folder / "package.json").is_file()
        self.home = Path(ending.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        self.python = BUILD / "run" / name / "bin/python"
        self.environment = {**os.environ, "SHOP_DATABASE": str(self.home / "shop.sqlite3")}
        self.tid = ""

    def install(self) -> None:
        subprocess.run(["make", ".build/node" if self.is_node else ".build/python"], cwd=ROOT, check=True)
        if self.is_node:
            quiet = ("--no-package-lock", "--no-audit", "--no-fund", "--loglevel=error")
            subprocess.run(["npm", "install", *quiet], cwd=self.folder, check=True)
            if self.name == "nextjs":
                self.unpack()
            return
        if not self.python.is_file():
            subprocess.run([interpreter(self.name), "-m", "venv", self.python.parents[1]], check=True)
        lines = (self.folder / "requirements.txt").read_text(encoding="utf-8").splitlines()
        others = [line for line in lines if not line.startswith("../..")]
        pip: list[str | Path] = [self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, *others], check=True)
        subprocess.run(
            [*pip, "--force-reinstall", "--no-deps", "--no-index", *(BUILD / "wheel").glob("*.whl")], check=True
        )

    def unpack(self) -> None:
        """Puts the packages themselves in place of the link: Next.js leaves out of its bundle what is installed so."""
        for packed in (BUILD / "tarball").glob("*.tgz"):
            told = subprocess.run(["tar", "-xzOf", packed, "package/package.json"], check=True, stdout=subprocess.PIPE)
            folder = self.folder / "node_modules" / json.loads(told.stdout)["name"]
            if folder.is_symlink():
                folder.unlink()
            folder.mkdir(parents=True, exist_ok=True)
            subprocess.run(["tar", "-xzf", packed, "-C", folder, "--strip-components=1"], check=True)

    def surround(self) -> None:
        """Starts the sandbox and the databases, and sells an order."""
        of_node: list[str | Path] = ["node", ROOT / "bindings-node/dist/cli.js"]
        program = of_node if self.is_node else [self.python, "-m", "paywelcome"]
        gateway = json.loads(self.line_of(self.start([*program, "sandbox"])))
        names = {"PAYWELCOME_MID": "mid", "PAYWELCOME_SIGN_KEY": "sign_key", "PAYWELCOME_BASE_URL": "url"}
        self.environment.update({name: gateway[key] for name, key in names.items()})
        self.tid = str(asked(f"{gateway['url']}/_sandbox/api/approve", {"price": PAID})["tid"])
        print(f"the sandbox: {gateway['inspector']}")
        for engine in self.example.engines:
            told = json.loads(self.line_of(self.start([sys.executable, ROOT / "tests/engines/serve.py", engine])))
            if "missing" in told:
                package = told["missing"].rpartition("(")[2].rstrip(")")
                sys.exit(f"{self.name} needs {engine}: {package}")
            host, port = told["host"], str(told["port"])
            if engine == "redis":
                self.environment.update(REDIS_HOST=host, REDIS_PORT=port)
            else:
                self.environment.update(PGHOST=host, PGPORT=port, PGUSER=told["user"], PGDATABASE=told["database"])
                self.environment["DATABASE_URL"] = told["url"]
        self.environment.update(TID=self.tid, PAID=str(PAID), AMOUNT=str(AMOUNT))
        self.environment.update({name: self.filled(value) for name, value in self.example.environment.items()})
        if self.name == "fastapi":
            with closing(sqlite3.connect(self.environment["SHOP_DATABASE"])) as database, database:
                database.execute(PYTHON_ORDER)
                database.execute("INSERT INTO orders VALUES (1, ?, 'card', ?)", (self.tid, PAID))
        for folder in ("messages", "control"):
            (self.home / folder).mkdir()
        for command in self.example.prepare:
            subprocess.run(self.command(command), cwd=self.folder, env=self.environment, check=True)

    def refund(self) -> dict[str, object]:
        """Starts the example, and asks it for a refund."""
        example = self.example
        started = self.start(self.command(example.start), stderr=subprocess.STDOUT)
        url = ""
        while example.ready and not (found := re.search(example.ready, line := self.line_of(started))):
            print(line, end="")
        if example.ready and found is not None and found.groups():
            url = found[1]
            print(f"the example: {url}")
        drain(started)
        if not example.ask:
            body = {"number": 1, "amount": AMOUNT}
            print(f"asked for: POST {url}/orders/1/refunds {json.dumps(body)}")
            return asked(f"{url}/orders/1/refunds", body)
        command = self.command(example.ask)
        said = subprocess.run(
            command, cwd=self.folder, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        )
        told: dict[str, object] = json.loads([line for line in said.stdout.splitlines() if line.startswith("{")][-1])
        return told

    def start(self, command: Sequence[str | Path], stderr: int | None = None) -> subprocess.Popen[str]:
        # In a session of its own, so that Ctrl-C reaches this program alone, which ends all in order.
        started = subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            start_new_session=True,
        )
        self.ending.callback(ended, started)
        return started

    def line_of(self, started: subprocess.Popen[str]) -> str:
        assert started.stdout is not None
        if not (line := started.stdout.readline()):
            sys.exit(f"{started.args!r} ended with {started.wait()}")
        return line

    def command(self, words: tuple[str, ...]) -> list[str]:
        return [self.filled(word) for word in words]

    def filled(self, word: str) -> str:
        values = {"python": self.python, "home": self.home, "tid": self.tid, "paid": PAID, "amount": AMOUNT}
        for name, value in values.items():
            word = word.replace(f"{{{name}}}", str(value))
        return word


def interpreter(name: str) -> str:
    """Gives the Python for an example: Django 6 needs 3.12."""
    wanted = (3, 12) if name == "django-tasks" else (3, 10)
    versions = sorted(map(str, Path("~/.pyenv/versions").expanduser().glob("3.1[2-9]*/bin/python")))
    for each in (sys.executable, "python3.14", "python3.13", "python3.12", *versions):
        if (found := shutil.which(each)) is not None:
            told = subprocess.run(
                [found, "-c", f"import sys; sys.exit(sys.version_info < {wanted})"], capture_output=True
            )
            if told.returncode == 0:
                return found
    sys.exit(f"{name} needs Python {wanted[0]}.{wanted[1]} or later")


def asked(url: str, values: Mapping[str, object]) -> dict[str, object]:
    request = urllib.request.Request(url, json.dumps(values).encode(), {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=WAIT) as answer:
        told: dict[str, object] = json.load(answer)
        return told


def drain(started: subprocess.Popen[str]) -> None:
    """Lets it print on, and nobody wait for it."""
    subprocess.Popen(["cat"], stdin=started.stdout, stdout=sys.stderr)


def ended(started: subprocess.Popen[str]) -> None:
    if started.poll() is None:
        started.send_signal(signal.SIGTERM)
        assert started.stdin is not None
        started.stdin.close()
        try:
            started.wait(WAIT)
        except subprocess.TimeoutExpired:
            started.kill()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("example", choices=RUN)
    parser.add_argument("--once", action="store_true", help="end after the refund")
    arguments = parser.parse_args()
    with ExitStack() as ending:
        run = Run(arguments.example, ending)
        run.install()
        run.surround()
        refund = run.refund()
        print(json.dumps(refund, ensure_ascii=False, indent=2))
        if not arguments.once:
            print("It runs until Ctrl-C.", flush=True)
            try:
                signal.pause()
            except KeyboardInterrupt:
                pass
        if refund["state"] != "done":
            sys.exit(f"the refund is {refund['state']}")


if __name__ == "__main__":
    main()
