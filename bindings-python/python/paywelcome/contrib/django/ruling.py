"""What a person may rule on a refund, and the form of it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django import forms

from paywelcome.refunds import Refund
from paywelcome.refunds._times import milliseconds

from .words import said, say

NAMES = {
    "done": ("done", "완료"),
    "retry": ("retry", "다시 요청"),
    "resend": ("resend", "다시 보내기"),
    "void": ("void", "포기"),
}


def rulings(refund: Refund) -> dict[str, str]:
    """Returns the rulings that are possible now, each with what it does, in the active language."""
    if refund.review is not None:
        possible = said(refund.review.en, refund.review.ko).rulings
        return {each: possible[each] for each in NAMES if each in possible}
    if refund.state == "requested":
        return {"void": said("Take it back; nothing of it is under way.", "요청을 철회합니다. 보낸 것은 없습니다.")}
    return {}


def version(refund: Refund) -> str:
    """Names what a person has seen of a refund."""
    return f"{refund.state} {milliseconds(refund.updated_at)}"


def has_changed(refund: Refund, posted: Mapping[str, Any]) -> bool:
    """Whether the refund is no longer what the person saw."""
    return posted.get("seen") != version(refund)


class AmountField(forms.IntegerField):
    """An amount as the merchant admin writes it: 9000, or 9,000원."""

    widget = forms.TextInput(attrs={"inputmode": "numeric", "size": 14})

    def __init__(self, **options: Any) -> None:
        super().__init__(min_value=0, **options)

    def to_python(self, value: Any) -> Any:
        """Reads what was typed."""
        plain = re.fullmatch(r"\s*(\d{1,3}(?:,\d{3})+)\s*원?\s*", value or "")
        return super().to_python(plain[1].replace(",", "") if plain else (value or "").strip().removesuffix("원"))


class RulingForm(forms.Form):
    """What a person found, as it is posted twice: to be asked, and to be done."""

    seen = forms.CharField(widget=forms.HiddenInput)
    ruling = forms.ChoiceField(label=say("Ruling", "결정"), widget=forms.RadioSelect)
    remaining = AmountField(
        label=say("What remains", "남은 금액"),
        help_text=say(
            "As the merchant admin (상점관리자) shows it now. It guards against a slip.",
            "지금 상점관리자에 표시된 남은 금액. 실수를 막아 줍니다.",
        ),
        required=False,
    )
    note = forms.CharField(
        label=say("Note", "메모"), max_length=1000, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, possible: Mapping[str, str], posted: Any = None, *, refund: Refund | None = None) -> None:
        super().__init__(posted, initial=None if refund is None else {"seen": version(refund)})
        self.fields["ruling"].choices = [(each, f"{said(*NAMES[each])} – {what}") for each, what in possible.items()]
