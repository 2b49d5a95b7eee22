"""The tables of version 1."""

from __future__ import annotations

from django.db import migrations

from paywelcome.contrib.django.rows import Instant, Long, Number, Text
from paywelcome.contrib.django.tables import CreateTables


class Migration(migrations.Migration):
    """Version 1 of the tables. The models are not Django's to create: their keys are of several columns."""

    initial = True
    dependencies = []
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[CreateTables()],
            state_operations=[
                migrations.CreateModel(
                    name="Attempt",
                    fields=[
                        ("mid", Text()),
                        ("key", Text(db_column="refund_key", primary_key=True)),
                        ("entry", Number()),
                        ("what", Text()),
                        ("state", Text()),
                        ("note", Text(null=True)),
                        ("operation", Text(null=True)),
                        ("amount", Number()),
                        ("confirm_price", Number(null=True)),
                        ("ruling", Text(null=True)),
                        ("ruled_by", Text(null=True)),
                        ("ruling_note", Long(null=True)),
                        ("remaining", Number(null=True)),
                        ("at", Instant()),
                        ("outcome", Text(null=True)),
                        ("kind", Text(null=True)),
                        ("message", Long(null=True)),
                        ("result_code", Text(null=True)),
                        ("result_msg", Long(null=True)),
                        ("http_status", Number(null=True)),
                        ("cancel_tid", Text(null=True)),
                        ("cancelled_at", Text(null=True)),
                    ],
                    options={
                        "verbose_name": "journal entry",
                        "verbose_name_plural": "journal entries",
                        "db_table": "paywelcome_attempt",
                        "default_permissions": ("view",),
                    },
                ),
                migrations.CreateModel(
                    name="Payment",
                    fields=[
                        ("mid", Text()),
                        ("tid", Text(primary_key=True)),
                        ("pay_type", Text()),
                        ("currency", Text()),
                        ("paid", Number()),
                        ("remaining", Number()),
                        ("asked", Number()),
                        ("open_refund", Text(null=True)),
                        ("suspect", Number()),
                        ("created_at", Instant()),
                        ("updated_at", Instant()),
                    ],
                    options={
                        "verbose_name": "payment",
                        "verbose_name_plural": "payments",
                        "db_table": "paywelcome_payment",
                        "default_permissions": ("view",),
                    },
                ),
                migrations.CreateModel(
                    name="Refund",
                    fields=[
                        ("mid", Text()),
                        ("key", Text(db_column="refund_key", primary_key=True)),
                        ("tid", Text()),
                        ("amount", Number()),
                        ("tax", Number(null=True)),
                        ("taxfree", Number(null=True)),
                        ("reference", Text(null=True)),
                        ("batch", Text(null=True)),
                        ("state", Text()),
                        ("operation", Text(null=True)),
                        ("confirm_price", Number(null=True)),
                        ("attempts", Number()),
                        ("sent_at", Instant(null=True)),
                        ("lease_over_at", Instant(db_column="lease_over")),
                        ("quiet_over_at", Instant(db_column="quiet_over")),
                        ("due_at", Instant(null=True)),
                        ("note", Text(null=True)),
                        ("evidence", Text(null=True)),
                        ("outcome", Text(null=True)),
                        ("kind", Text(null=True)),
                        ("message", Long(null=True)),
                        ("result_code", Text(null=True)),
                        ("result_msg", Long(null=True)),
                        ("http_status", Number(null=True)),
                        ("cancel_tid", Text(null=True)),
                        ("cancelled_at", Text(null=True)),
                        ("ruling", Text(null=True)),
                        ("ruled_by", Text(null=True)),
                        ("ruling_note", Long(null=True)),
                        ("requested_at", Instant()),
                        ("updated_at", Instant()),
                        ("ended_at", Instant(null=True)),
                    ],
                    options={
                        "verbose_name": "refund",
                        "verbose_name_plural": "refunds",
                        "db_table": "paywelcome_refund",
                        "permissions": [("rule_refund", "Can rule on refunds")],
                        "default_permissions": ("view",),
                    },
                ),
            ],
        ),
    ]
