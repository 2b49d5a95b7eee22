"""The project's `Refunds`, as its setting names them."""

# The store of refunds is the package's own.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DEFAULT_DB_ALIAS
from django.utils.module_loading import import_string

from paywelcome.refunds import Refunds
from paywelcome.refunds.django import DjangoStore

SETTING = "PAYWELCOME_REFUNDS"


def refunds() -> Refunds:
    """Returns the `Refunds` that the setting ``PAYWELCOME_REFUNDS`` names.

    Raises:
        ImproperlyConfigured: The setting is missing, leads nowhere, or to something else.
    """
    path = getattr(settings, SETTING, None)
    if not isinstance(path, str):
        message = f"{SETTING} must be the dotted path of the project's Refunds, such as 'shop.refunding.refunds'"
        raise ImproperlyConfigured(message)
    try:
        found = import_string(path)
    except ImportError as error:
        raise ImproperlyConfigured(f"{SETTING} is {path!r}, which can't be imported: {error}") from error
    if not isinstance(found, Refunds) and callable(found):
        found = found()
    if not isinstance(found, Refunds):
        message = f"{SETTING} is {path!r}, which is a {type(found).__name__}; name a paywelcome.refunds.Refunds, "
        raise ImproperlyConfigured(message + "or a function that gives it")
    return found


def database(of: Refunds) -> str:
    """Returns the alias of the database in which the refunds are kept."""
    store = of._store
    return store.using if isinstance(store, DjangoStore) else DEFAULT_DB_ALIAS
