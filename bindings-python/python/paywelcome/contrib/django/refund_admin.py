"""The admin of refunds: what there is to know of each, and a person's ruling."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.timesince import timesince

from paywelcome import InvalidRequestError
from paywelcome.refunds import Refund as Told
from paywelcome.refunds import RefundsError

from . import configured
from .filters import BatchFilter, StateFilter
from .read_only import ReadOnlyAdmin
from .rows import korean_time
from .ruling import NAMES, RulingForm, has_changed, rulings
from .telling import facts, journal, state
from .words import said, say

MAY_RULE = "rule_refund"
LONGEST_NAME = 100


class RefundAdmin(ReadOnlyAdmin):
    """Lists refunds, shows one, and takes rulings of users with the permission ``paywelcome.rule_refund``."""

    list_display = ("key", "state", "shown_amount", "waiting", "batch", "requested", "tid")
    list_filter = (StateFilter, BatchFilter)
    search_fields = ("key__startswith", "tid__startswith")
    search_help_text = say("The beginning of a key or of a tid (거래ID)", "환불 키 또는 거래ID의 앞부분")

    @admin.display(description=say("amount", "환불 금액"), ordering="amount")
    def shown_amount(self, row: Any) -> str:
        """Returns the amount with commas."""
        return f"{row.amount:,}"

    @admin.display(description=say("in review for", "확인 대기"))
    def waiting(self, row: Any) -> str | None:
        """Returns how long it has been in review."""
        return timesince(row.updated_at) if row.state == "review" else None

    @admin.display(description=say("requested", "요청 시각"), ordering="requested_at")
    def requested(self, row: Any) -> str | None:
        """Returns when it was requested, in Korean time."""
        return korean_time(row.requested_at)

    def get_ordering(self, request: HttpRequest) -> tuple[str, ...]:
        """What waits for a person comes from the longest waiting on, everything else from the newest on."""
        return ("updated_at",) if request.GET.get(StateFilter.parameter_name) == "review" else ("-requested_at",)

    def get_urls(self) -> list[Any]:
        """Adds where rulings are posted to."""
        rule = self.admin_site.admin_view(self.rule_view)
        return [path("<path:object_id>/rule/", rule, name="paywelcome_refund_rule"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Shows one refund; nothing is written here."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        refund = self._told(object_id)
        if refund is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        return self._shown(request, refund, None, extra_context)

    @transaction.non_atomic_requests
    def rule_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks whether a ruling is meant, and then makes it."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.may_see(request, MAY_RULE):
            raise PermissionDenied
        refund = self._told(object_id)
        if refund is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        back = HttpResponseRedirect(self.address("change", refund.key))
        if has_changed(refund, request.POST):
            messages.warning(request, said(*CHANGED))
            return back
        form = RulingForm(rulings(refund), request.POST)
        if not form.is_valid():
            return self._shown(request, refund, form)
        if "confirmed" not in request.POST:
            return self._asked(request, refund, form)
        self._ruled(request, refund, form)
        return back

    def _told(self, object_id: str) -> Told | None:
        try:
            return configured.refunds().get(unquote(object_id))
        except (RefundsError, InvalidRequestError) as error:
            if error.kind in ("not_found", "invalid_request"):
                return None
            raise

    def _shown(
        self, request: HttpRequest, refund: Told, form: RulingForm | None, extra_context: Any = None
    ) -> HttpResponse:
        possible = rulings(refund)
        may_rule = self.may_see(request, MAY_RULE)
        context = {
            **self.context(request, said("Refund", "환불"), refund.key),
            "refund": refund,
            "review": refund.review and said(refund.review.en, refund.review.ko),
            "facts": facts(refund),
            "journal": journal(configured.refunds().attempts(refund.key)),
            "form": (form or RulingForm(possible, refund=refund)) if possible and may_rule else None,
            "may_not_rule": possible and not may_rule,
            "rule": self.address("rule", refund.key),
            "history": self.address("history", refund.key),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "paywelcome/refund.html", context)

    def _asked(self, request: HttpRequest, refund: Told, form: RulingForm) -> HttpResponse:
        ruling, note, remaining = (form.cleaned_data[name] for name in ("ruling", "note", "remaining"))
        # As texts, since a project may write its numbers with commas.
        lines = [(form["remaining"].label, "" if remaining is None else f"{remaining:,}"), (form["note"].label, note)]
        given = {"seen": form.cleaned_data["seen"], "ruling": ruling, "note": note}
        given["remaining"] = "" if remaining is None else str(remaining)
        context = {
            **self.context(request, said("Is this what you found?", "이대로 결정할까요?"), refund.key),
            "what": said(*NAMES[ruling]),
            "means": rulings(refund)[ruling],
            "sends": ruling in ("retry", "resend"),
            "lines": [(label, value) for label, value in lines if value],
            "facts": facts(refund)[:1],
            "given": list(given.items()),
            "action": self.address("rule", refund.key),
            "back": self.address("change", refund.key),
        }
        return TemplateResponse(request, "paywelcome/asked.html", context)

    def _ruled(self, request: HttpRequest, refund: Told, form: RulingForm) -> None:
        """Makes the ruling, and says what came of it."""
        ruling, note, remaining = (form.cleaned_data[name] for name in ("ruling", "note", "remaining"))
        name = request.user.get_username()[:LONGEST_NAME]
        try:
            ruled = configured.refunds().resolve(refund.key, ruling, by=name, note=note or None, remaining=remaining)
        except InvalidRequestError as error:
            for wrong in error.errors:
                messages.error(request, f"{wrong.field}: {wrong.message}")
        except RefundsError as error:
            if error.until is not None:
                until = korean_time(error.until)
                early = said(
                    f"Too early: this can be ruled from {until} on.", f"아직 이릅니다. {until}부터 가능합니다."
                )
                messages.error(request, early)
            messages.error(request, said("Refused", "거부되었습니다") + f": {error}")
        else:
            row = self.model(mid=ruled.mid, key=ruled.key)
            self.keep(request, row, f"{ruling}: {note}" if note else ruling)
            messages.success(
                request, said("Refund", "환불") + f" {refund.key}: {state(refund.state)} → {state(ruled.state)}"
            )


CHANGED = (
    "Nothing was ruled: the refund has changed since you looked. Look again.",
    "기록하지 않았습니다. 확인하신 뒤에 환불이 바뀌었습니다. 다시 확인하세요.",
)
