"""A project with the app, on SQLite, and on PostgreSQL and MariaDB where this machine has them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import django
import pymysql
import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connections

from paywelcome.refunds import Refunds
from paywelcome.refunds.django import DjangoStore
from paywelcome.testing import Sandbox

sys.path.insert(0, str(Path(__file__).parent.parent))

import engines
import project as shop

APPS = ["admin", "auth", "contenttypes", "messages", "sessions", "staticfiles"]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
CONTEXT = ["template.context_processors.request", "contrib.auth.context_processors.auth"]
TEMPLATES = {
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {
        "context_processors": [
            *(f"django.{each}" for each in CONTEXT),
            "django.contrib.messages.context_processors.messages",
        ]
    },
}


STACK = ExitStack()


def databases() -> dict[str, Any]:
    """Returns the databases, whose servers run until the end."""
    folder = Path(STACK.enter_context(TemporaryDirectory()))
    found: dict[str, Any] = {}
    for name in ("default", "sqlite"):
        path = folder / f"{name}.db"
        found[name] = {"ENGINE": "django.db.backends.sqlite3", "NAME": path, "OPTIONS": {"timeout": 10}}
    for name, backend in (("postgres", "postgresql"), ("mariadb", "mysql")):
        try:
            engine = STACK.enter_context(engines.start(name))
        except engines.Missing:
            continue
        where = {"HOST": engine.host, "PORT": engine.port, "USER": engine.user, "NAME": engine.database}
        found[name] = {"ENGINE": f"django.db.backends.{backend}", **where}
    # Each view is one transaction, as many projects have it; DATABASE=postgres is for a look at another engine.
    found["default"] = {**found[os.environ.get("DATABASE", "default")], "ATOMIC_REQUESTS": True}
    return found


def pytest_configure() -> None:
    pymysql.install_as_MySQLdb()
    settings.configure(
        SECRET_KEY="only-of-these-tests",
        ALLOWED_HOSTS=["testserver", "127.0.0.1"],
        INSTALLED_APPS=[*(f"django.contrib.{each}" for each in APPS), "paywelcome.contrib.django"],
        MIDDLEWARE=MIDDLEWARE,
        TEMPLATES=[TEMPLATES],
        DATABASES=databases(),
        ROOT_URLCONF="urls",
        USE_TZ=True,
        STATIC_URL="/static/",
        USE_THOUSAND_SEPARATOR=True,
        PAYWELCOME_REFUNDS="project.made",
    )
    django.setup()


def pytest_unconfigure() -> None:
    connections.close_all()
    STACK.close()


@pytest.fixture(scope="session", autouse=True)
def migrated() -> None:
    call_command("migrate", verbosity=0)


@pytest.fixture
def gateway() -> Iterator[Sandbox]:
    with Sandbox() as sandbox:
        yield sandbox


@pytest.fixture(params=["sqlite", "postgres", "mariadb"])
def alias(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    if name not in connections:
        pytest.skip(f"NO {name.upper()} WAS TESTED: it is not installed")
    return name


@pytest.fixture
def refunds(gateway: Sandbox) -> Iterator[Refunds]:
    """The project's refunds, in its default database."""
    shop.refunds = Refunds(gateway.client(), DjangoStore(), quiet=0)
    yield shop.refunds
    with connections["default"].cursor() as cursor:
        for table in ("attempt", "batch", "refund", "payment"):
            cursor.execute(f"DELETE FROM paywelcome_{table}")
    shop.refunds = None


@pytest.fixture
def asked(gateway: Sandbox) -> Any:
    """Returns the arguments of a refund of a payment that was approved just now."""

    def ask(amount: int = 3000) -> dict[str, Any]:
        tid = gateway.approve(price=12000, pay_type="card")
        return {"tid": tid, "amount": amount, "paid": 12000, "pay_type": "card"}

    return ask
