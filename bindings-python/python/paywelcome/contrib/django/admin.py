"""Registers the admin of refunds; ``RefundAdmin`` is also there for an admin site of your own."""

from __future__ import annotations

from django.contrib import admin

from .models import Refund
from .refund_admin import RefundAdmin

__all__ = ["RefundAdmin"]

admin.site.register(Refund, RefundAdmin)
