"""An admin that changes nothing by itself."""

from __future__ import annotations

import logging
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import quote
from django.db import DatabaseError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.text import capfirst

from .words import is_korean


class ReadOnlyAdmin(admin.ModelAdmin):
    """Shows rows. It adds, changes and deletes none, and has no action on many."""

    actions = None
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds a row."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes a row."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes a row."""
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Lists the rows, under a title that asks for nothing."""
        title = {"title": capfirst(self.opts.verbose_name_plural)}
        return super().changelist_view(request, {**title, **(extra_context or {})})

    def may_see(self, request: HttpRequest, also: str) -> bool:
        """Whether a user may look, and has another of the app's permissions."""
        return self.has_view_permission(request) and request.user.has_perm(f"{self.opts.app_label}.{also}")

    def keep(self, request: HttpRequest, row: Any, what: str) -> None:
        """Notes down in Django's own history what a user has done, which the ledger has kept already."""
        try:
            self.log_change(request, row, what)
        except DatabaseError:
            logging.getLogger("paywelcome").exception("Django's history has no entry of what was done: %s", what)

    def address(self, what: str, *key: str) -> str:
        """Returns the address of one of the pages about a row, or about all."""
        name = f"{self.admin_site.name}:{self.opts.app_label}_{self.opts.model_name}_{what}"
        return reverse(name, args=[quote(each) for each in key])

    def context(self, request: HttpRequest, title: str, subtitle: str | None = None) -> dict[str, Any]:
        """Returns what each page of the app is made of."""
        request.current_app = self.admin_site.name
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": title,
            "subtitle": subtitle,
            "korean": is_korean(),
            "list": self.address("changelist"),
        }
