from django.contrib import admin, messages
from django.db import transaction
from django.utils.decorators import method_decorator

from orders.models import Order, Refund
from orders.refunding import send

LEVELS = {"done": messages.SUCCESS, "declined": messages.WARNING, "not_sent": messages.WARNING}


# [region: admin]
@admin.register(Order)
@method_decorator(transaction.non_atomic_requests, name="changelist_view")
class OrderAdmin(admin.ModelAdmin):
    list_display = ["tid", "price", "remaining", "refunding"]
    readonly_fields = ["tid", "pay_type", "price", "remaining", "refunding"]
    actions = ["cancel_orders"]

    @admin.action(description="Refund what remains of the selected orders", permissions=["refund"])
    def cancel_orders(self, request, queryset):
        # One after another within one request: as many as a worker's time limit allows.
        if len(orders := list(queryset[:11])) > 10:
            self.message_user(request, "No more than ten at once.", messages.ERROR)
            return
        for order in orders:
            claimed = order.remaining and Refund.claim(order.pk, order.remaining, order.remaining)
            if not claimed:
                self.message_user(request, f"{order}: is being refunded, or nothing remains", messages.WARNING)
                continue
            refund = send(claimed)
            self.message_user(request, f"{order}: {refund.status}", LEVELS.get(refund.status, messages.ERROR))

    def has_refund_permission(self, request):
        return request.user.has_perm("orders.add_refund")


# [end]


@admin.register(Refund)
class RefundAdmin(admin.ModelAdmin):
    """To look at only: what is done to refunds goes through the code that keeps their rules."""

    list_display = ["order", "amount", "status", "claimed_at", "detail"]
    list_filter = ["status"]

    def has_add_permission(self, request):
        return False

    def has_change_permission(self, request, obj=None):
        return False

    def has_delete_permission(self, request, obj=None):
        return False
