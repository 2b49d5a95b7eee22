from functools import partial

from django import forms
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import Http404, JsonResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST
from paywelcome import InvalidRequestError
from paywelcome.refunds import RefundsError

from orders.models import Order
from orders.refunding import refunds

may_refund = permission_required("orders.refund_order", raise_exception=True)


class RefundForm(forms.Form):
    number = forms.IntegerField(min_value=1)  # the page's own: a form that is posted twice is one refund
    amount = forms.IntegerField(min_value=1)


# [region: ask]
def ask(order, number, amount):
    """Records a refund together with the order's own rows. Sends nothing."""
    with transaction.atomic():
        order.events.create(text=f"refund of {amount} asked for")
        key = f"order-{order.pk}-{number}"
        return refunds.request(key, tid=order.tid, amount=amount, paid=order.paid, pay_type=order.pay_type)


@require_POST
@may_refund
def refund(request, order_id):
    form = RefundForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=400)
    try:
        asked = ask(get_object_or_404(Order, pk=order_id), **form.cleaned_data)
    except InvalidRequestError as error:  # such as: more than remains
        return JsonResponse({"error": str(error)}, status=400)
    # After the commit; with ATOMIC_REQUESTS, after the view. What fails here is left to `manage.py paywelcome run`.
    transaction.on_commit(partial(refunds.process, asked.key, wait=2), robust=True)
    return JsonResponse(asked.to_dict(), status=202)


# [end]


@may_refund
def status(request, key):
    try:
        return JsonResponse(refunds.get(key).to_dict())
    except RefundsError as error:
        raise Http404 from error
