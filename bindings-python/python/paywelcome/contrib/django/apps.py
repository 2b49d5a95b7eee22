"""What Django's registry holds of the app."""

from __future__ import annotations

from django.apps import AppConfig
from django.core.checks import Tags, register
from django.db.models.signals import pre_migrate

from .checks import check_setting, check_tables
from .tables import create_without_migrations
from .words import say


class RefundsConfig(AppConfig):
    """The app, whose label is ``paywelcome``."""

    name = "paywelcome.contrib.django"
    label = "paywelcome"
    verbose_name = say("Refunds by Welcome Payments", "웰컴페이먼츠 환불")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Registers the checks, and the tables of tests without migrations."""
        register(check_setting, Tags.compatibility)
        register(check_tables, Tags.database)
        pre_migrate.connect(create_without_migrations, sender=self)
