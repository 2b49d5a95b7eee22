"""Registers the admin of refunds and batches; the classes are also there for an admin site of your own."""

from __future__ import annotations

from django.contrib import admin

from .batch_admin import BatchAdmin
from .models import Batch, Refund
from .refund_admin import RefundAdmin

__all__ = ["BatchAdmin", "RefundAdmin"]

admin.site.register(Refund, RefundAdmin)
admin.site.register(Batch, BatchAdmin)
