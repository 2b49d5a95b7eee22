"""How far a batch has come, as lines that a page shows."""

from __future__ import annotations

from typing import Any

from . import models
from .rows import korean_time
from .telling import Line, state
from .words import said

ENDED = ("done", "declined", "void")


def row(progress: Any) -> dict[str, Any]:
    """Returns a batch on one line."""
    ended = sum(progress.counts[each].refunds for each in ENDED)
    return {
        "batch": progress.batch,
        "state": str(dict(models.BATCH_STATES)[progress.state]),
        # As texts, since a project may write its numbers with commas.
        "ended": str(ended),
        "refunds": str(progress.total.refunds),
        "bar": f"{ended:,} / {progress.total.refunds:,}",
        "review": f"{progress.counts['review'].refunds:,}",
        "left": left(progress),
    }


def left(progress: Any) -> str:
    """Returns how long it will still take, in words."""
    if progress.left is None:
        return ""
    hours, minutes = divmod(round(progress.left / 60), 60)
    if hours:
        return said(f"{hours} h {minutes} min", f"{hours}시간 {minutes}분")
    return said(f"{minutes} min", f"{minutes}분") if minutes else said("under a minute", "1분 미만")


def states(progress: Any) -> list[Line]:
    """Returns how many refunds are in each state, and how much they are."""
    counts = progress.counts.items()
    return [(state(each), _count(count)) for each, count in counts if count.refunds] + [
        (said("all", "전체"), _count(progress.total))
    ]


def lines(progress: Any) -> list[Line]:
    """Returns what is known of a batch; what is empty is left out."""
    rate = said(f"{progress.rate:,.0f} a minute", f"분당 {progress.rate:,.0f}건") if progress.rate else ""
    pace = said(f"{progress.pace:g} a second", f"초당 {progress.pace:g}건") if progress.pace else ""
    most = progress.most_percent
    row_limit = progress.most_in_a_row
    told = [
        (said("state", "상태"), row(progress)["state"]),
        (said("paused by", "중지한 사람"), progress.paused_by),
        (said("since", "중지 시각"), korean_time(progress.paused_at)),
        (said("note", "메모"), progress.pause_note),
        (said("resumed by", "재개한 사람"), progress.resumed_by),
        (said("resumed", "재개 시각"), korean_time(progress.resumed_at)),
        (said("rate", "속도"), rate),
        (said("time left", "남은 시간"), left(progress)),
        (said("pace, for all workers", "모든 워커를 합한 속도"), pace),
        (said("pauses after so many in a row that are not done", "연속 미완료 한도"), row_limit and str(row_limit)),
        (said("pauses where so many of the last 200 are not done", "최근 200건 미완료 한도"), most and f"{most} %"),
    ]
    return [(label, value) for label, value in told if value]


def _count(count: Any) -> str:
    return said(f"{count.refunds:,} refunds, {count.amount:,}", f"{count.refunds:,}건, {count.amount:,}")
