"""Orders and their refunds. Every change here is one short transaction, and none of them calls the gateway."""

import logging
from datetime import timedelta

from django.db import models, transaction
from django.db.models import F, Q

log = logging.getLogger(__name__)


class Order(models.Model):
    tid = models.CharField("거래ID", max_length=40, unique=True)
    pay_type = models.CharField("결제수단", max_length=10, default="card")
    price = models.PositiveBigIntegerField("approved total, in won")
    remaining = models.PositiveBigIntegerField("not refunded yet")
    refunding = models.BooleanField("has a refund whose end is not known", default=False, editable=False)

    def __str__(self):
        return self.tid


# [region: model]
class Refund(models.Model):
    class Status(models.TextChoices):
        SENDING = "sending"  # committed before the first byte leaves; after a crash, all that is known
        DONE = "done"
        DECLINED = "declined"
        NOT_SENT = "not_sent"
        UNKNOWN = "unknown"
        VOID = "void"  # a person has looked: no money moved

    OPEN = (Status.SENDING, Status.UNKNOWN)
    # No person decides while the request may still be under way: several times the call's time limit.
    QUIET = timedelta(minutes=5)

    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="refunds")
    amount = models.PositiveBigIntegerField()
    remaining = models.PositiveBigIntegerField("what remains of the order after it")
    status = models.CharField(max_length=10, choices=Status, default=Status.SENDING)
    detail = models.TextField(blank=True)
    claimed_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.CheckConstraint(name="refund_is_of_something", condition=Q(amount__gt=0))]

    def __str__(self):
        return f"{self.amount} of {self.order_id}: {self.status}"

    @classmethod
    def claim(cls, order_id, amount, remaining):
        """Writes down that `amount` is about to go back, and commits; None if it may not.

        `remaining` is what the one who asks has seen as not refunded yet. Whoever is second, by a double click, a
        reload or another worker, changes no row.
        """
        # durable: an error where a transaction is open already, since then this would not be committed.
        with transaction.atomic(durable=True):
            claimed = Order.objects.filter(
                pk=order_id, refunding=False, remaining=remaining, remaining__gte=amount
            ).update(refunding=True)
            if not claimed:
                return None
            refund = cls.objects.create(order_id=order_id, amount=amount, remaining=remaining - amount)
            return cls.objects.select_related("order").get(pk=refund.pk)

    def record(self, status, detail=""):
        """Writes down what became of it, once; an open end keeps the order from being refunded again."""
        with transaction.atomic(durable=True):
            changed = Refund.objects.filter(pk=self.pk, status__in=self.OPEN).update(status=status, detail=detail)
            if changed and status not in self.OPEN:
                remaining = self.remaining if status == self.Status.DONE else F("remaining")
                Order.objects.filter(pk=self.order_id).update(refunding=False, remaining=remaining)
        self.refresh_from_db(fields=["status", "detail"])
        if status == self.Status.DONE != self.status:
            log.critical("refund %s was done, but is written down as %s: look at it", self.pk, self.status)
        return bool(changed)


# [end]
