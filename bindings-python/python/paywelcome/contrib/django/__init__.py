"""A Django app of the ledger's tables: migrations, an admin in which a person rules, and ``manage.py paywelcome``.

::

    INSTALLED_APPS = [..., "paywelcome.contrib.django"]
    PAYWELCOME_REFUNDS = "shop.refunding.refunds"  # where the project makes its Refunds
"""
