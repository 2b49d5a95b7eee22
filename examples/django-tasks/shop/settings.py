"""The settings of a small shop. The keys are in the environment: PAYWELCOME_MID, PAYWELCOME_SIGN_KEY, and so on."""

import os
from pathlib import Path

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY = os.environ["DJANGO_SECRET_KEY"]
USE_TZ = True

# [region: settings]
INSTALLED_APPS = ["django_tasks_db", "paywelcome.contrib.django"]
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": ["refunds"]}}
PAYWELCOME_REFUNDS = "shop.tasks.refunds"
# [end]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("SHOP_DATABASE", BASE_DIR / "shop.sqlite3"),
        "OPTIONS": {"timeout": 20, "transaction_mode": "IMMEDIATE"},
    },
}
