"""The least that the shop needs."""

from pathlib import Path

from celery import Celery

SECRET_KEY = "made-up"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "shop.urls"
INSTALLED_APPS = ["shop", "paywelcome.contrib.django"]
PAYWELCOME_REFUNDS = "shop.refunding.refunds"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
HERE = Path(__file__).parent.parent
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": HERE / "shop.db",
        "TEST": {"NAME": HERE / "shop-test.db"},
    }
}

celery = Celery("shop")
celery.conf.task_always_eager = True
celery.conf.task_eager_propagates = True
celery.set_default()
