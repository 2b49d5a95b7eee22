from django.db import models


class Order(models.Model):
    tid = models.CharField("거래ID", max_length=40, unique=True)
    pay_type = models.CharField("결제수단", max_length=10, default="card")
    paid = models.PositiveBigIntegerField("approved total, in won")

    class Meta:
        permissions = [("refund_order", "Can refund orders")]

    def __str__(self):
        return self.tid


class Event(models.Model):
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events")
    text = models.TextField()
