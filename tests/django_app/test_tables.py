"""The migrations, and the models that are only read."""

from __future__ import annotations

import io
from datetime import datetime, timedelta, timezone
from typing import Any

import project as shop
import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.db import connections
from django.test import TransactionTestCase, override_settings

from paywelcome.contrib.django.models import Attempt, Payment, Refund
from paywelcome.refunds import Refunds, SQLiteStore, schema
from paywelcome.refunds.django import DjangoStore
from paywelcome.testing import Sandbox


def drop(alias: str) -> None:
    with connections[alias].cursor() as cursor:
        for table in ("attempt", "batch", "refund", "payment", "schema"):
            cursor.execute(f"DROP TABLE IF EXISTS paywelcome_{table}")
        if "django_migrations" in connections[alias].introspection.table_names(cursor):
            cursor.execute("DELETE FROM django_migrations WHERE app = 'paywelcome'")


def refund_once(alias: str, gateway: Sandbox, asked: Any) -> None:
    """Uses the tables, and reads them by the models."""
    shop.refunds = refunds = Refunds(gateway.client(), DjangoStore(alias), quiet=0)
    arguments = asked()
    refunds.request("refund-1", **arguments)
    assert refunds.process("refund-1").state == "done"
    row, told = Refund.objects.get(), refunds.get("refund-1")
    assert (row.key, row.tid, row.amount, row.state, row.evidence) == ("refund-1", told.tid, 3000, "done", "answer")
    assert (row.requested_at, row.ended_at, row.due_at) == (told.requested_at, told.ended_at, None)
    assert not Refund.objects.filter(requested_at__gt=datetime.now(timezone.utc) + timedelta(hours=1))
    payment = Payment.objects.get(tid=arguments["tid"])
    assert (payment.remaining, payment.suspect, payment.asked, payment.open_refund) == (9000, 0, 0, None)
    entries = list(Attempt.objects.order_by("entry"))
    assert [(each.key, each.what, each.state) for each in entries] == [
        ("refund-1", "sent", "sending"),
        ("refund-1", "answer", "done"),
    ]
    assert len(set(entries)) == 2 and entries[0] != entries[1]


def test_migrate_creates_the_tables(alias: str, gateway: Sandbox, asked: Any) -> None:
    drop(alias)
    call_command("migrate", "paywelcome", database=alias, verbosity=0)
    refund_once(alias, gateway, asked)
    with pytest.raises(CommandError, match="not dropped by a migration"):
        call_command("migrate", "paywelcome", "zero", database=alias, verbosity=0)
    assert shop.refunds is not None and shop.refunds.get("refund-1").state == "done"
    drop(alias)


def test_tables_that_are_there_already_are_kept(alias: str, gateway: Sandbox, asked: Any) -> None:
    drop(alias)
    refunds = Refunds(gateway.client(), DjangoStore(alias), quiet=0)
    refunds.init()
    refunds.request("earlier", **asked())
    call_command("migrate", "paywelcome", database=alias, verbosity=0)
    assert refunds.get("earlier").state == "requested"
    drop(alias)
    refunds.init()
    call_command("migrate", "paywelcome", database=alias, verbosity=0, fake=True)
    refund_once(alias, gateway, asked)
    drop(alias)


def test_a_run_without_migrations_has_the_ledgers_tables(alias: str, gateway: Sandbox, asked: Any) -> None:
    """As `pytest --nomigrations` does, where Django would create its own of the models."""
    drop(alias)
    modules = dict.fromkeys(("admin", "auth", "contenttypes", "sessions", "paywelcome"))
    with override_settings(MIGRATION_MODULES=modules):
        call_command("migrate", run_syncdb=True, database=alias, verbosity=0)
    refund_once(alias, gateway, asked)
    drop(alias)


def test_sqlmigrate_prints_the_tables(alias: str) -> None:
    printed = io.StringIO()
    call_command("sqlmigrate", "paywelcome", "0001", database=alias, stdout=printed, no_color=True)
    first = schema(DjangoStore(alias).dialect).split("\n\n")[1 if alias != "mariadb" else 2]
    assert first.strip() in printed.getvalue()


def test_nothing_is_left_to_migrate() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_a_router_that_refuses_gets_no_tables() -> None:
    class Elsewhere:
        def allow_migrate(self, alias: str, label: str, **_: object) -> bool | None:
            return False if label == "paywelcome" else None

    drop("sqlite")
    with override_settings(DATABASE_ROUTERS=[Elsewhere()]):
        call_command("migrate", "paywelcome", database="sqlite", verbosity=0)
    with connections["sqlite"].cursor() as cursor:
        tables = connections["sqlite"].introspection.table_names(cursor)
    assert not [name for name in tables if name.startswith("paywelcome_")]
    drop("sqlite")


def test_models_write_nothing(refunds: Refunds, asked: Any) -> None:
    refunds.request("refund-1", **asked())
    row = Refund.objects.get()
    row.state = "done"
    for write in (
        row.save,
        row.delete,
        Refund(key="other").save,
        Refund.objects.all().delete,
        lambda: Refund.objects.update(state="done"),
        lambda: Refund.objects.create(key="other"),
        lambda: Refund.objects.bulk_create([Refund(key="other")]),
        lambda: Refund.objects.bulk_update([row], ["state"]),
        lambda: Refund.objects.get_or_create(key="other"),
        lambda: Refund.objects.update_or_create(key="refund-1"),
    ):
        with pytest.raises(TypeError, match="nothing was written"):
            write()
    assert [(each.key, each.state) for each in Refund.objects.all()] == [("refund-1", "requested")]


def test_rows_of_other_merchants_are_not_seen(refunds: Refunds, asked: Any) -> None:
    refunds.request("refund-1", **asked())
    with Sandbox(mid="another") as sandbox:
        shop.refunds = Refunds(sandbox.client(), DjangoStore(), quiet=0)
        assert not Refund.objects.exists()


def test_nobody_is_given_a_right_to_write() -> None:
    names = Permission.objects.filter(content_type__app_label="paywelcome").values_list("codename", flat=True)
    assert set(names) == {"view_payment", "view_refund", "view_attempt", "view_batch", "rule_refund", "pause_batch"}


class TestChecks:
    def said(self, **options: Any) -> str:
        try:
            said = io.StringIO()
            call_command("check", stderr=said, no_color=True, **options)
            return said.getvalue()
        except SystemCheckError as error:
            return str(error)

    def test_nothing_to_say(self, refunds: Refunds) -> None:
        assert self.said(databases=["default"]) == ""

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            (None, "PAYWELCOME_REFUNDS must be the dotted path of the project's Refunds"),
            ("nowhere.refunds", "can't be imported: No module named 'nowhere'"),
            ("project.refund", 'can\'t be imported: Module "project" does not define'),
            ("project.nothing", "which is a list; name a paywelcome.refunds.Refunds"),
        ],
    )
    def test_a_setting_that_leads_nowhere(self, path: str | None, expected: str) -> None:
        with override_settings(PAYWELCOME_REFUNDS=path):
            said = self.said()
            with pytest.raises(ImproperlyConfigured, match="PAYWELCOME_REFUNDS"):
                Refund.objects.all()
        assert expected in said and "paywelcome.E001" in said

    def test_a_store_that_the_admin_does_not_see(self, gateway: Sandbox, tmp_path: Any) -> None:
        shop.refunds = Refunds(gateway.client(), SQLiteStore(tmp_path / "refunds.db"), quiet=0)
        assert "kept in a SQLiteStore, of which the admin sees nothing" in self.said()

    def test_a_rehearsal_that_proves_nothing_here(self, gateway: Sandbox) -> None:
        rehearsal = {
            "format": "paywelcome-rehearsal",
            "version": 1,
            "gateway": {"base_url": "https://tpayapi.paywelcome.co.kr", "kind": "test"},
            "mid": gateway.mid,
            "payment": {"tid": "t", "price": 1000},
            "findings": {"confirm_price": {"enforced": True}},
        }
        shop.refunds = Refunds(gateway.client(), DjangoStore(), rehearsal=rehearsal, quiet=0)
        said = self.said()
        assert "the rehearsal was with the test host" in said and "paywelcome.W003" in said
        rehearsal["gateway"] = {"base_url": gateway.url, "kind": "loopback"}
        shop.refunds = Refunds(gateway.client(), DjangoStore(), rehearsal=rehearsal, quiet=0)
        assert self.said() == ""

    def test_tables_that_are_missing(self, gateway: Sandbox) -> None:
        drop("sqlite")
        shop.refunds = Refunds(gateway.client(), DjangoStore("sqlite"), quiet=0)
        assert self.said(databases=["default"]) == ""
        said = self.said(databases=["sqlite"])
        assert "no tables for refunds" in said and "manage.py migrate paywelcome --database=sqlite" in said


def test_a_transaction_test_case_empties_the_tables(refunds: Refunds, asked: Any) -> None:
    """So that the next test of a project may use the same keys."""

    class Test(TransactionTestCase):
        def test(self) -> None:
            refunds.request("refund-1", **asked())
            assert refunds.process("refund-1").state == "done"

    for _ in range(2):
        Test.setUpClass()
        try:
            Test("test").debug()
        finally:
            Test.tearDownClass()
            Test.doClassCleanups()
        assert not Refund.objects.exists() and not Attempt.objects.exists() and not Payment.objects.exists()
