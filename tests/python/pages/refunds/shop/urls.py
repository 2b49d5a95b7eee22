"""The one address of the shop."""

from django.urls import path

from shop.views import refund

urlpatterns = [path("orders/<int:order_id>/refund", refund)]
