"""The admin of refunds through Django's test client: who sees what, and that only a confirmed POST rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from browsing import browser
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.db import DatabaseError
from django.test import Client

from paywelcome.refunds import Refunds
from paywelcome.testing import Sandbox

LIST = "/admin/paywelcome/refund/"


@pytest.fixture
def looks() -> Client:
    return browser("view_refund")


@pytest.fixture
def rules() -> Client:
    return browser("view_refund", "rule_refund")


@pytest.fixture
def in_review(refunds: Refunds, gateway: Sandbox, asked: Any) -> Iterator[str]:
    """Returns the key of a refund that went back, of which the answer was lost."""
    refunds.request("shop/17", **asked())
    gateway.arm("close", when="after_applying")
    assert refunds.process("shop/17").state == "review"
    yield "shop_2F17"


def seen(client: Client, key: str) -> dict[str, str]:
    page = client.get(f"{LIST}{key}/change/").content.decode()
    found = re.search(r'name="seen" value="([^"]*)"', page)
    assert found, page
    return {"seen": found[1]}


def test_a_refund_is_shown_with_all_that_is_known(in_review: str, looks: Client, refunds: Refunds) -> None:
    page = looks.get(f"{LIST}{in_review}/change/").content.decode()
    refund = refunds.get("shop/17")
    assert refund.review is not None
    for text in (refund.tid, "3,000 won", "shop/17", "no_answer", "KST", refund.review.en.why, "connection_lost"):
        assert text in page, text
    assert all(each in page for each in refund.review.en.look_for)
    assert page.count("→ ") >= 2 and "requires the permission rule_refund" in page
    assert "<textarea" not in page and 'name="seen"' not in page


def test_a_user_who_reads_korean(in_review: str, rules: Client, refunds: Refunds) -> None:
    page = rules.get(f"{LIST}{in_review}/change/", headers={"accept-language": "ko"}).content.decode()
    refund = refunds.get("shop/17")
    assert refund.review is not None
    for text in (refund.review.ko.why, "3,000원", "확인 필요", refund.review.ko.rulings["done"], "남은 금액"):
        assert text in page, text
    listed = rules.get(LIST, headers={"accept-language": "ko"}).content.decode()
    assert "확인 필요, 오래된 순" in listed and "거래ID" in listed


def test_a_ruling_is_asked_and_then_made(in_review: str, rules: Client, refunds: Refunds, gateway: Sandbox) -> None:
    given = {**seen(rules, in_review), "ruling": "done", "remaining": "9000", "note": "I looked. <b>"}
    asked = rules.post(f"{LIST}{in_review}/rule/", given)
    page = asked.content.decode()
    assert asked.status_code == 200 and "The cancel is there" in page and "I looked. &lt;b&gt;" in page
    assert refunds.get("shop/17").state == "review"
    answer = rules.post(f"{LIST}{in_review}/rule/", {**given, "confirmed": "1"}, follow=True)
    assert "Refund shop/17: review → done" in answer.content.decode()
    refund = refunds.get("shop/17")
    assert (refund.state, refund.ruled_by, refund.ruling_note) == ("done", "kim", "I looked. <b>")
    assert gateway.request_count == 1
    entry = LogEntry.objects.latest("action_time")
    assert (entry.user.username, entry.object_id, entry.change_message) == ("kim", "shop/17", "done: I looked. <b>")
    assert "done: I looked. &lt;b&gt;" in rules.get(f"{LIST}{in_review}/history/").content.decode()


@pytest.mark.parametrize("typed", ["9000", " 9,000 ", "9,000원", "9000 원"])
def test_an_amount_as_the_merchant_admin_writes_it(typed: str, in_review: str, rules: Client, refunds: Refunds) -> None:
    given = {**seen(rules, in_review), "ruling": "done", "remaining": typed, "note": "two\r\nlines", "confirmed": "1"}
    rules.post(f"{LIST}{in_review}/rule/", given)
    refund = refunds.get("shop/17")
    assert (refund.state, refund.remaining) == ("done", 9000)


def test_a_refusal_of_the_ledger_is_said(in_review: str, rules: Client, refunds: Refunds) -> None:
    given = {**seen(rules, in_review), "ruling": "done", "remaining": "12000", "confirmed": "1"}
    assert "Refused: " in rules.post(f"{LIST}{in_review}/rule/", given, follow=True).content.decode()
    early = {**seen(rules, in_review), "ruling": "void", "confirmed": "1"}
    page = rules.post(f"{LIST}{in_review}/rule/", early, follow=True).content.decode()
    assert re.search(r"Too early: this can be ruled from \d{4}-\d\d-\d\d \d\d:\d\d:\d\d KST on", page)
    assert refunds.get("shop/17").state == "review"
    assert not LogEntry.objects.filter(change_message__startswith="void").exists()


def test_a_refund_that_changed_meanwhile_is_looked_at_again(in_review: str, rules: Client, refunds: Refunds) -> None:
    given = {**seen(rules, in_review), "ruling": "done", "confirmed": "1"}
    refunds.resolve("shop/17", "done", by="Lee")
    page = rules.post(f"{LIST}{in_review}/rule/", given, follow=True).content.decode()
    assert "has changed since you looked" in page
    assert refunds.get("shop/17").ruled_by == "Lee"
    given["seen"] = "anything"
    assert "has changed since you looked" in rules.post(f"{LIST}{in_review}/rule/", given, follow=True).content.decode()


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"ruling": "resend"},
        {"ruling": "done", "remaining": "-1"},
        {"ruling": "done", "remaining": "9,00"},
        {"ruling": "x"},
    ],
)
def test_a_form_that_is_wrong_is_shown_again(
    wrong: dict[str, str], in_review: str, rules: Client, refunds: Refunds
) -> None:
    answer = rules.post(f"{LIST}{in_review}/rule/", {**seen(rules, in_review), **wrong, "confirmed": "1"})
    assert answer.status_code == 200 and "errorlist" in answer.content.decode()
    assert refunds.get("shop/17").state == "review"


def test_what_was_only_requested_can_be_taken_back(refunds: Refunds, asked: Any, rules: Client) -> None:
    refunds.request("plain", **asked())
    given = {**seen(rules, "plain"), "ruling": "void", "confirmed": "1"}
    assert "Take it back" in rules.get(f"{LIST}plain/change/").content.decode()
    rules.post(f"{LIST}plain/rule/", given)
    assert refunds.get("plain").state == "void"
    assert 'name="seen"' not in rules.get(f"{LIST}plain/change/").content.decode()


def test_a_ruling_stands_that_django_cannot_note_down(
    in_review: str, rules: Client, refunds: Refunds, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise DatabaseError("made up")

    given = {**seen(rules, in_review), "ruling": "done", "confirmed": "1"}
    monkeypatch.setattr(LogEntry, "save", fail)
    monkeypatch.setattr(type(LogEntry.objects), "log_action", fail, raising=False)
    page = rules.post(f"{LIST}{in_review}/rule/", given, follow=True).content.decode()
    assert "Refund shop/17: review → done" in page and refunds.get("shop/17").state == "done"


class TestOnlyWhoMay:
    def test_nobody_who_has_not_logged_in(self, in_review: str) -> None:
        for address in ("", f"{in_review}/change/", f"{in_review}/rule/"):
            assert Client().get(f"{LIST}{address}").status_code == 302

    def test_without_the_permission_to_look(self, in_review: str, refunds: Refunds) -> None:
        client = browser("rule_refund")
        assert client.get(LIST).status_code == 403
        assert client.get(f"{LIST}{in_review}/change/").status_code == 403
        given = {"ruling": "done", "confirmed": "1", "seen": "x"}
        assert client.post(f"{LIST}{in_review}/rule/", given).status_code == 403

    def test_without_the_permission_to_rule(self, in_review: str, looks: Client, refunds: Refunds) -> None:
        given = {**seen(browser("view_refund", "rule_refund", name="lee"), in_review), "ruling": "done"}
        assert looks.post(f"{LIST}{in_review}/rule/", {**given, "confirmed": "1"}).status_code == 403
        assert refunds.get("shop/17").state == "review"

    def test_a_get_never_rules(self, in_review: str, rules: Client, refunds: Refunds) -> None:
        given = {**seen(rules, in_review), "ruling": "done", "confirmed": "1"}
        assert rules.get(f"{LIST}{in_review}/rule/", given).status_code == 405
        assert rules.head(f"{LIST}{in_review}/rule/", given).status_code == 405
        assert rules.post(f"{LIST}{in_review}/change/", given).status_code == 405
        assert refunds.get("shop/17").state == "review"

    def test_without_the_forms_own_token(self, in_review: str, rules: Client, refunds: Refunds) -> None:
        given = {**seen(rules, in_review), "ruling": "done", "confirmed": "1"}
        strict = browser("view_refund", "rule_refund", enforce_csrf_checks=True)
        assert strict.post(f"{LIST}{in_review}/rule/", given).status_code == 403
        assert refunds.get("shop/17").state == "review"

    def test_nobody_adds_changes_or_deletes(self, in_review: str, project_admin: Client) -> None:
        assert project_admin.get(f"{LIST}add/").status_code == 403
        assert project_admin.post(f"{LIST}{in_review}/delete/", {"post": "yes"}).status_code == 403
        assert 'name="action"' not in project_admin.get(LIST).content.decode()


@pytest.fixture
def project_admin() -> Client:
    User.objects.filter(username="root").delete()
    client = Client()
    client.force_login(User.objects.create_superuser("root"))
    return client


class TestTheList:
    def listed(self, client: Client, query: str = "") -> list[str]:
        page = client.get(f"{LIST}?{query}").content.decode()
        return re.findall(r'<th class="field-key"><a href="[^"]*">([^<]*)</a>', page)

    def test_the_oldest_in_review_comes_first(
        self, refunds: Refunds, gateway: Sandbox, asked: Any, looks: Client
    ) -> None:
        for number in range(3):
            refunds.request(f"refund-{number}", **asked(), batch="concert-17")
            gateway.arm("close", when="after_applying")
            refunds.process(f"refund-{number}")
        refunds.request("other", **asked())
        page = looks.get(LIST).content.decode()
        assert re.search(r'<a href="\?state=review"[^>]*>\s*in review, oldest first', page)
        assert self.listed(looks, "state=review") == ["refund-0", "refund-1", "refund-2"]
        assert self.listed(looks) == ["other", "refund-2", "refund-1", "refund-0"]
        assert self.listed(looks, "state=requested") == ["other"]
        assert self.listed(looks, "batch=concert-17&state=review") == ["refund-0", "refund-1", "refund-2"]
        assert self.listed(looks, "q=refund-1") == ["refund-1"]
        assert self.listed(looks, f"q={refunds.get('other').tid}") == ["other"]

    def test_a_key_that_is_not_there(self, refunds: Refunds, looks: Client) -> None:
        answer = looks.get(f"{LIST}nothing/change/", follow=True)
        assert "doesn’t exist" in answer.content.decode()


def test_what_an_answer_held_is_escaped(refunds: Refunds, gateway: Sandbox, asked: Any, rules: Client) -> None:
    script = "<script>alert(1)</script>"
    refunds.request("plain", **asked(), reference=script)
    gateway.arm("status", status=500, body="html", when="before_applying")
    assert refunds.process("plain").body_excerpt
    page = rules.get(f"{LIST}plain/change/").content.decode()
    assert "alert(1)" in page and "<script>alert" not in page


def test_no_secret_is_shown(in_review: str, rules: Client, gateway: Sandbox) -> None:
    page = rules.get(f"{LIST}{in_review}/change/").content.decode()
    assert gateway.sign_key not in page and "signature" not in page.lower()
