from django import forms
from django.contrib.auth.decorators import permission_required
from django.db import transaction
from django.http import JsonResponse
from django.views.decorators.http import require_POST

from orders.models import Refund
from orders.refunding import claim_and_send, send, to_its_end

STATUS = {"done": 200, "unknown": 202, "declined": 409, "not_sent": 503}


class RefundForm(forms.Form):
    amount = forms.IntegerField(min_value=1)
    remaining = forms.IntegerField(min_value=1)  # as the page showed it: a form that is posted twice fits once


def answer(refund):
    if refund is None:
        return JsonResponse({"refused": "it is being refunded, or not as much remains"}, status=409)
    return JsonResponse(
        {"refund": refund.pk, "outcome": refund.status, "detail": refund.detail}, status=STATUS.get(refund.status, 202)
    )


# [region: views]
# With ATOMIC_REQUESTS the whole view would be one transaction, and the claim lost by any exception after it.
@transaction.non_atomic_requests
@require_POST
@permission_required("orders.add_refund", raise_exception=True)
def refund(request, order_id):
    form = RefundForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=400)
    claimed = Refund.claim(order_id, **form.cleaned_data)
    return answer(claimed and send(claimed))


@transaction.non_atomic_requests
@require_POST
@permission_required("orders.add_refund", raise_exception=True)
async def refund_async(request, order_id):
    form = RefundForm(request.POST)
    if not form.is_valid():
        return JsonResponse({"errors": form.errors}, status=400)
    return answer(await to_its_end(claim_and_send(order_id, **form.cleaned_data)))


# [end]
