"""The filters of the list of refunds."""

from __future__ import annotations

from typing import Any

from django.contrib import admin

from .models import STATES
from .words import said, say

MOST_BATCHES = 100


class StateFilter(admin.SimpleListFilter):
    """By state; what is in review comes first, and from the longest waiting on."""

    title = say("state", "상태")
    parameter_name = "state"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Returns the states, with what waits for a person first."""
        oldest = said("in review, oldest first", "확인 필요, 오래된 순")
        return [("review", oldest), *((state, str(name)) for state, name in STATES if state != "review")]

    def queryset(self, request: Any, queryset: Any) -> Any:
        """Returns the rows of the state."""
        return queryset.filter(state=self.value()) if self.value() else queryset


class BatchFilter(admin.SimpleListFilter):
    """By batch."""

    title = say("batch", "일괄 환불")
    parameter_name = "batch"

    def lookups(self, request: Any, model_admin: Any) -> list[tuple[str, str]]:
        """Returns the first hundred batches by name."""
        named = model_admin.get_queryset(request).exclude(batch=None).order_by("batch")
        return [(name, name) for name in named.values_list("batch", flat=True).distinct()[:MOST_BATCHES]]

    def queryset(self, request: Any, queryset: Any) -> Any:
        """Returns the rows of the batch."""
        return queryset.filter(batch=self.value()) if self.value() else queryset
