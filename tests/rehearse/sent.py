"""What was sent how often: nothing more often than an undisturbed rehearsal sends it."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Container

from standin import MID, MKEY, Posted

# How often a plan sends the same amounts: a partial cancel again, one at once, a full cancel; and all full cancels.
AGAIN, AT_ONCE, FULL, ALL_FULL = 2, 5, 2, 5


def signed(posted: Posted) -> str:
    """How a request is signed, as far as the stand-in's key can tell."""
    timestamp = posted.field("timestamp")
    texts = {"name_value": f"mid={MID}&mkey={MKEY}&timestamp={timestamp}", "concatenated": f"{MID}{MKEY}{timestamp}"}
    made = {hashlib.sha256(text.encode()).hexdigest(): name for name, text in texts.items()}
    return f"{made.get(posted.field('signature'), 'wrong')} {len(timestamp)}"


def key(posted: Posted) -> tuple[str, ...]:
    amounts = (posted.field("price"), posted.field("cancelPrice"), posted.field("confirmPrice"))
    return (posted.path, posted.field("tid"), *amounts, signed(posted))


def too_often(posts: list[Posted], payments: Container[str]) -> list[str]:
    """Says which requests about payments came more often than a plan sends them; a disturbed one may have sent less."""
    posts = [posted for posted in posts if posted.field("tid") in payments]
    repeated = {asked: count for asked, count in Counter(map(key, posts)).items() if count > 1}
    full = {asked: count for asked, count in repeated.items() if asked[0] == "/cancel/cancel"}
    all_full = sum(posted.path == "/cancel/cancel" for posted in posts)
    parts = [count for asked, count in repeated.items() if asked not in full]
    # What was lost and not applied may be what is then sent at once.
    is_too_often = (
        any(count > FULL for count in full.values())
        or all_full > ALL_FULL
        or len(parts) > 2
        or sum(parts) > AGAIN + AT_ONCE
    )
    return [f"sent more than once: {repeated}"] if is_too_often else []
