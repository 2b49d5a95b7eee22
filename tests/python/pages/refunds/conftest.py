"""The shop around the code that docs/refunds.md shows: Django on a file of SQLite's, at a sandbox of its own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import django
import pytest
from django.test.utils import get_runner, setup_test_environment
from paywelcome.testing import Sandbox

gateway = Sandbox()
os.environ.update(gateway.environment, DJANGO_SETTINGS_MODULE="shop.settings")
django.setup()
setup_test_environment()


@pytest.fixture(scope="session")
def shop() -> Iterator[Sandbox]:
    """The gateway of the shop, whose tables were made by its migrations."""
    from django.conf import settings

    runner = get_runner(settings)(verbosity=0)
    before = runner.setup_databases()
    yield gateway
    runner.teardown_databases(before)
    gateway.close()
