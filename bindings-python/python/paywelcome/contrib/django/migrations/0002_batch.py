"""The tables of version 2."""

from __future__ import annotations

from django.db import migrations

from paywelcome.contrib.django.rows import Instant, Long, Number, Text
from paywelcome.contrib.django.tables import CreateTables


class Migration(migrations.Migration):
    """Version 2 of the tables, which has batches."""

    dependencies = [("paywelcome", "0001_tables")]
    operations = [
        migrations.SeparateDatabaseAndState(
            database_operations=[CreateTables()],
            state_operations=[
                migrations.CreateModel(
                    name="Batch",
                    fields=[
                        ("mid", Text()),
                        ("batch", Text(primary_key=True)),
                        ("state", Text()),
                        ("gap_us", Number(null=True)),
                        ("most_in_a_row", Number(null=True)),
                        ("most_percent", Number(null=True)),
                        ("paused_by", Text(null=True)),
                        ("pause_note", Long(null=True)),
                        ("pause_reason", Text(null=True)),
                        ("paused_at", Instant(null=True)),
                        ("resumed_by", Text(null=True)),
                        ("resumed_at", Instant(null=True)),
                        ("created_at", Instant()),
                        ("updated_at", Instant()),
                    ],
                    options={
                        "verbose_name": "batch",
                        "verbose_name_plural": "batches",
                        "db_table": "paywelcome_batch",
                        "permissions": [("pause_batch", "Can pause and resume batches")],
                        "default_permissions": ("view",),
                    },
                ),
            ],
        ),
    ]
