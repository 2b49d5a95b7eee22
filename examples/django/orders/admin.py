from django.contrib import admin, messages
from paywelcome import InvalidRequestError

from orders.models import Order
from orders.views import ask


# [region: admin]
@admin.register(Order)
class OrderAdmin(admin.ModelAdmin):
    list_display = ["tid", "paid"]
    readonly_fields = ["tid", "pay_type", "paid"]
    actions = ["refund_orders"]

    @admin.action(description="Refund all of the selected orders", permissions=["refund"])
    def refund_orders(self, request, queryset):
        # However many they are: `manage.py paywelcome run` sends them.
        for order in queryset:
            try:
                ask(order, "whole", order.paid)
            except InvalidRequestError as error:  # parts went back
                self.message_user(request, f"{order}: {error}", messages.WARNING)

    def has_refund_permission(self, request):
        return request.user.has_perm("orders.refund_order")


# [end]
