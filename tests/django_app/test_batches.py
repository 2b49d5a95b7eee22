"""The admin of batches through Django's test client."""

from __future__ import annotations

from typing import Any

import pytest
from browsing import browser
from django.contrib.admin.models import LogEntry

from paywelcome.contrib.django.models import Batch
from paywelcome.refunds import Refunds
from paywelcome.testing import Sandbox

LIST = "/admin/paywelcome/batch/"
KEY = "concert_2F17"


@pytest.fixture
def batch(refunds: Refunds, asked: Any, gateway: Sandbox) -> str:
    """Returns the name of a batch of four, of which one is done and one is in review."""
    name = "concert/17"
    refunds.request_many([{"key": f"refund-{n}", **asked()} for n in range(4)], batch=name)
    refunds.process("refund-0")
    gateway.arm("close", when="after_applying")
    refunds.process("refund-1")
    return name


def test_how_far_it_has_come(batch: str) -> None:
    looks = browser("view_batch")
    listed = looks.get(LIST).content.decode()
    assert f'{KEY}/change/">concert/17</a>' in listed
    assert '<progress max="4" value="1"></progress> 1 / 4' in listed and "running" in listed
    page = looks.get(f"{LIST}{KEY}/change/").content.decode()
    for text in ("1 refunds, 3,000", "4 refunds, 12,000", "2 refunds, 6,000", "25 %"):
        assert text in page, text
    assert "<form method" not in page.partition("content-main")[2]
    korean = looks.get(f"{LIST}{KEY}/change/", headers={"accept-language": "ko"}).content.decode()
    assert "4건, 12,000" in korean and "확인 필요" in korean


def test_it_is_paused_and_goes_on(batch: str, refunds: Refunds) -> None:
    client = browser("view_batch", "pause_batch")
    assert "Pause" in client.get(f"{LIST}{KEY}/change/").content.decode()
    page = client.post(f"{LIST}{KEY}/pause/", {"note": "the artist calls <b>"}, follow=True).content.decode()
    assert "Batch concert/17: paused" in page and "the artist calls &lt;b&gt;" in page and "kim" in page
    progress = refunds.progress(batch)
    assert (progress.state, progress.paused_by, progress.pause_note) == ("paused", "kim", "the artist calls <b>")
    assert refunds.due() == []
    assert LogEntry.objects.latest("action_time").change_message == "pause: the artist calls <b>"
    assert "the artist calls" in client.get(f"{LIST}{KEY}/history/").content.decode()
    assert Batch.objects.get().paused_by == "kim"

    asked = client.post(f"{LIST}{KEY}/resume/").content.decode()
    assert "Is the batch to continue?" in asked and refunds.progress(batch).state == "paused"
    assert "running" in client.post(f"{LIST}{KEY}/resume/", {"confirmed": "1"}, follow=True).content.decode()
    assert (refunds.progress(batch).state, refunds.progress(batch).resumed_by) == ("running", "kim")


def test_why_it_paused_by_itself(batch: str, refunds: Refunds, gateway: Sandbox) -> None:
    refunds.set_batch(batch, most_in_a_row=2)
    gateway.arm("close", when="after_applying")
    refunds.process("refund-2")
    why = refunds.progress(batch).why
    assert why is not None
    assert why.en in browser("view_batch").get(f"{LIST}{KEY}/change/").content.decode()


@pytest.mark.parametrize("what", ["pause", "resume"])
def test_only_who_may(what: str, batch: str, refunds: Refunds) -> None:
    given = {"confirmed": "1"}
    if what == "resume":
        refunds.pause(batch, by="lee")
    before = refunds.progress(batch).state
    assert browser("view_batch").post(f"{LIST}{KEY}/{what}/", given).status_code == 403
    assert browser("pause_batch").post(f"{LIST}{KEY}/{what}/", given).status_code == 403
    assert browser("rule_refund").get(LIST).status_code == 403
    may = browser("view_batch", "pause_batch")
    assert may.get(f"{LIST}{KEY}/{what}/", given).status_code == 405
    assert may.post(f"{LIST}{KEY}/change/", given).status_code == 405
    strict = browser("view_batch", "pause_batch", enforce_csrf_checks=True)
    assert strict.post(f"{LIST}{KEY}/{what}/", given).status_code == 403
    assert refunds.progress(batch).state == before


def test_one_that_is_not_there(refunds: Refunds) -> None:
    client = browser("view_batch", "pause_batch")
    assert "There are no batches" in client.get(LIST).content.decode()
    for address in ("change", "pause"):
        send = client.get if address == "change" else client.post
        assert send(f"{LIST}nothing/{address}/").status_code == 302
