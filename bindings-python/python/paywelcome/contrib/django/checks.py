"""What ``manage.py check`` says of the app."""

# The start of works is the package's own.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import sys
from typing import Any

from django.core.checks import CheckMessage, Error, Warning
from django.core.exceptions import ImproperlyConfigured

from paywelcome import PaywelcomeError
from paywelcome.refunds import RefundsError
from paywelcome.refunds._carrying import carry
from paywelcome.refunds.django import DjangoStore

from . import configured


def check_setting(**_: Any) -> list[CheckMessage]:
    """Says whether the setting leads to a `Refunds`."""
    try:
        refunds = configured.refunds()
    except ImproperlyConfigured as error:
        return [Error(str(error), id="paywelcome.E001")]
    except PaywelcomeError as error:
        # Such as where an image is built, which has no key.
        said = f"{configured.SETTING} can't be used here: {error}"
        return [Warning(said, id="paywelcome.W002")]
    found: list[CheckMessage] = []
    if (warning := refunds._native.warning) is not None:
        hint = "Rehearse with the gateway and the merchant id of this environment, or leave the rehearsal out."
        found.append(Warning(warning, hint=hint, id="paywelcome.W003"))
    if not isinstance(refunds._store, DjangoStore):
        said = f"the refunds are kept in a {type(refunds._store).__name__}, of which the admin sees nothing"
        found.append(Warning(said, hint="Keep them in a paywelcome.refunds.django.DjangoStore.", id="paywelcome.W001"))
    return found


def check_tables(databases: Any = None, **_: Any) -> list[CheckMessage]:
    """Says whether the tables are there, where the database is to be looked at."""
    if sys.argv[1:2] == ["migrate"]:
        return []  # which is about to create them
    try:
        refunds = configured.refunds()
        alias = configured.database(refunds)
        if alias in (databases or ()):
            carry(refunds._store, refunds._start("check"))
    except (ImproperlyConfigured, PaywelcomeError):
        pass  # which the other check says
    except RefundsError as error:
        return [Error(str(error), hint=f"Run manage.py migrate paywelcome --database={alias}.", id="paywelcome.E002")]
    return []
