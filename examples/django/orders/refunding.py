# [region: refunds]
import paywelcome
from django.conf import settings
from paywelcome.refunds import Refunds
from paywelcome.refunds.django import DjangoStore

refunds = Refunds(paywelcome.Client(timeout=settings.REFUND_TIMEOUT), DjangoStore())
# [end]
