"""What the shop has of its own."""

from django.db import models


class Order(models.Model):
    tid = models.CharField(max_length=40)
    paid = models.PositiveBigIntegerField()


class Event(models.Model):
    order = models.ForeignKey(Order, on_delete=models.PROTECT, related_name="events")
    text = models.TextField()
