"""The ledger's tables in a database of Django's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.management import CommandError
from django.db import connections, router
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from paywelcome.refunds import schema
from paywelcome.refunds.django import DjangoStore

APP = "paywelcome"


class Irreversible(CommandError, IrreversibleError):
    """A migration that is not taken back; ``manage.py migrate`` says it in one line."""


class CreateTables(Operation):
    """Creates what is missing of the ledger's tables. It changes nothing of what is there, however it came there."""

    reduces_to_sql = True
    reversible = True

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models' state is the migration's own."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Runs the ledger's SQL, where the routers allow the app."""
        if router.allow_migrate(schema_editor.connection.alias, app_label):
            for statement in statements(schema_editor.connection.alias):
                schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        """Refuses to drop what is recorded of money."""
        raise Irreversible(
            "the tables of paywelcome's refunds say what became of money, and are not dropped by a migration; "
            "drop them by hand, or leave them: they disturb nobody"
        )

    def describe(self) -> str:
        """Says what it does."""
        return "Creates what is missing of the tables of paywelcome.refunds"


def statements(alias: str) -> Iterator[str]:
    """Returns the statements that create the tables, one by one."""
    lines = (line for line in schema(DjangoStore(alias).dialect).splitlines() if not line.startswith("--"))
    for statement in "\n".join(lines).split(";\n"):
        if stripped := statement.strip().removesuffix(";"):
            yield stripped


def create_without_migrations(using: str, **_: Any) -> None:
    """Creates the tables where a project's tests run without migrations, before Django makes its own of the models."""
    if MigrationLoader.migrations_module(APP)[0] is None and router.allow_migrate(using, APP):
        with connections[using].cursor() as cursor:
            for statement in statements(using):
                cursor.execute(statement)
