"""The admin of batches: how far each has come, a pause, and letting it continue."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.text import capfirst

from paywelcome import InvalidRequestError
from paywelcome.refunds import RefundsError

from . import configured
from .batch_telling import lines, row, states
from .read_only import ReadOnlyAdmin
from .words import said, say

MAY_PAUSE = "pause_batch"
LONGEST_NAME = 100


class PauseForm(forms.Form):
    """Why a batch is paused."""

    note = forms.CharField(label=say("Note", "메모"), max_length=1000, required=False)


class BatchAdmin(ReadOnlyAdmin):
    """Shows how far batches have come; users with the permission ``paywelcome.pause_batch`` pause and resume them."""

    def get_urls(self) -> list[Any]:
        """Adds where a pause and its end are posted to."""
        return [
            path("<path:object_id>/pause/", self.admin_site.admin_view(self.pause_view), name="paywelcome_batch_pause"),
            path(
                "<path:object_id>/resume/", self.admin_site.admin_view(self.resume_view), name="paywelcome_batch_resume"
            ),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Lists all batches, also those of which nothing is set."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        context = {
            **self.context(request, capfirst(self.opts.verbose_name_plural)),
            "rows": [(self.address("change", each.batch), row(each)) for each in configured.refunds().batches()],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "paywelcome/batches.html", context)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Shows one batch; nothing is written here."""
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        if not self.has_view_permission(request):
            raise PermissionDenied
        progress = self._progress(object_id)
        if progress is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        context = {
            **self.context(request, said("Batch", "일괄 환불"), progress.batch),
            "batch": progress,
            "row": row(progress),
            "why": progress.why and said(progress.why.en, progress.why.ko),
            "facts": [(said("Progress", "진행"), lines(progress)), (said("States", "상태"), states(progress))],
            "may_pause": self.may_see(request, MAY_PAUSE),
            "form": PauseForm(),
            "act": self.address("resume" if progress.state == "paused" else "pause", progress.batch),
            "history": self.address("history", progress.batch),
            **(extra_context or {}),
        }
        return TemplateResponse(request, "paywelcome/batch.html", context)

    @transaction.non_atomic_requests
    def pause_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Pauses a batch."""
        return self._set(request, object_id, "pause")

    @transaction.non_atomic_requests
    def resume_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Asks whether a batch is to continue, and then lets it."""
        return self._set(request, object_id, "resume")

    def _progress(self, object_id: str) -> Any:
        try:
            return configured.refunds().progress(unquote(object_id))
        except (RefundsError, InvalidRequestError) as error:
            if error.kind in ("not_found", "invalid_request"):
                return None
            raise

    def _set(self, request: HttpRequest, object_id: str, what: str) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        if not self.may_see(request, MAY_PAUSE):
            raise PermissionDenied
        progress = self._progress(object_id)
        if progress is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
        if what == "resume" and "confirmed" not in request.POST:
            return self._asked(request, progress)
        form = PauseForm(request.POST)
        note = {"note": form.cleaned_data["note"] or None} if form.is_valid() and what == "pause" else {}
        name = request.user.get_username()[:LONGEST_NAME]
        try:
            now = getattr(configured.refunds(), what)(progress.batch, by=name, **note)
        except (RefundsError, InvalidRequestError) as error:
            messages.error(request, said("Refused", "거부되었습니다") + f": {error}")
        else:
            why = f"{what}: {note['note']}" if note.get("note") else what
            self.keep(request, self.model(batch=now.batch, mid=configured.refunds().mid), why)
            messages.success(request, said("Batch", "일괄 환불") + f" {now.batch}: {row(now)['state']}")
        return HttpResponseRedirect(self.address("change", progress.batch))

    def _asked(self, request: HttpRequest, progress: Any) -> HttpResponse:
        context = {
            **self.context(request, said("Is the batch to continue?", "재개할까요?"), progress.batch),
            "what": said("resume", "재개"),
            "means": said("Workers continue with what is left.", "워커가 남은 환불을 계속 처리합니다."),
            "sends": True,
            "lines": [],
            "given": [],
            "facts": [(said("States", "상태"), states(progress))],
            "action": self.address("resume", progress.batch),
            "back": self.address("change", progress.batch),
        }
        return TemplateResponse(request, "paywelcome/asked.html", context)
