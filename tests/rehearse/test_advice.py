"""What a run says to do next: by what was found, in both languages, and in words that can be followed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from judge import complaints
from odd import Fault, Odd
from play import Ran, Rehearsal
from standin import Standin

ADVICE, ADVICE_KO = "What to do\n", "할 일\n"
PAGE = Fault("page", applied=False)
# The requests about a payment that does not exist: two by a made-up key, four by the right one.
FREE = 6


def advice(ran: Ran) -> str:
    assert ADVICE in ran.out, ran.said
    return ran.out.split(ADVICE)[1]


def said_in_korean(rehearsal: Rehearsal[Standin]) -> str:
    shown = rehearsal.run("--show", str(rehearsal.file), "--lang", "ko")
    rehearsal.runs.remove(shown)
    assert shown.code == 0 and ADVICE_KO in shown.out, shown.said
    return shown.out.split(ADVICE_KO)[1]


def test_nothing_is_advised_where_all_is_known(tmp_path: Path) -> None:
    with Standin() as gateway:
        ran = Rehearsal(gateway, tmp_path).run()
    assert ran.code == 0 and ADVICE not in ran.out, ran.said


@pytest.mark.parametrize(("seconds", "words"), [(1800, "behind the gateway's"), (-1800, "ahead of the gateway's")])
def test_a_clock_that_keeps_signatures_from_being_accepted(tmp_path: Path, seconds: int, words: str) -> None:
    with Standin(Odd(fresh_seconds=600, clock_seconds=seconds)) as gateway:
        rehearsal = Rehearsal(gateway, tmp_path)
        ran = rehearsal.run()
        assert ran.code == 4 and words in advice(ran) and "sign key" in advice(ran), ran.said
        assert "시계" in said_in_korean(rehearsal)
        assert gateway.ledger.gone() == 0


def test_a_wrong_key_is_not_laid_on_the_clock(tmp_path: Path) -> None:
    with Standin() as gateway:
        ran = Rehearsal(gateway, tmp_path, settings={"PAYWELCOME_SIGN_KEY": "another, made up"}).run()
    assert ran.code == 4 and "sign key" in advice(ran) and "gateway's" not in advice(ran), ran.said


@pytest.mark.parametrize("first", [3, 4, 5, 6])
@pytest.mark.parametrize("kind", ["page", "status_500", "close"])
def test_a_gateway_that_answers_no_more_is_not_asked_about_money(tmp_path: Path, first: int, kind: str) -> None:
    faults = dict.fromkeys(range(first, 60), Fault(kind, applied=False))
    with Standin(faults=faults) as gateway:
        rehearsal = Rehearsal(gateway, tmp_path)
        for _ in range(2):
            ran = rehearsal.run()
            assert ran.code == 3 and "same command continues" in ran.said, ran.said
            assert not [
                posted for posted in gateway.posts if posted.field("tid") in (rehearsal.tid, rehearsal.full_tid)
            ]
        gateway.faults = {}
        assert rehearsal.run().code == 0
        assert complaints(rehearsal.read(), gateway) == []
        assert gateway.ledger.gone() == 2 * rehearsal.price


def test_a_page_of_status_200_for_everything_is_a_block(tmp_path: Path) -> None:
    with Standin(faults=dict.fromkeys(range(1, 60), PAGE)) as gateway:
        rehearsal = Rehearsal(gateway, tmp_path)
        ran = rehearsal.run()
        assert ran.code == 3 and "doctor" in advice(ran), ran.said
        assert rehearsal.read()["findings"]["signature"]["format"] is None
        assert "doctor" in said_in_korean(rehearsal)
        assert not [posted for posted in gateway.posts if posted.field("tid") in (rehearsal.tid, rehearsal.full_tid)]


def test_a_gateway_that_loses_every_answer_is_not_asked_about_money(tmp_path: Path) -> None:
    with Standin(faults=dict.fromkeys(range(1, 60), Fault("close", applied=False))) as gateway:
        rehearsal = Rehearsal(gateway, tmp_path)
        ran = rehearsal.run()
        assert ran.code == 3 and "doctor" in advice(ran), ran.said
        assert not [posted for posted in gateway.posts if posted.field("tid") in (rehearsal.tid, rehearsal.full_tid)]
        gateway.faults = {}
        assert rehearsal.run().code == 0


def test_a_single_page_among_the_last_answers_stops_nothing(tmp_path: Path) -> None:
    # The last form's answer is a page twice, and what is asked again is answered.
    with Standin(faults={FREE: PAGE, FREE + 1: PAGE}) as gateway:
        rehearsal = Rehearsal(gateway, tmp_path)
        ran = rehearsal.run()
        assert ran.code == 0, ran.said
        assert complaints(rehearsal.read(), gateway) == []


def test_a_block_in_the_middle_leaves_the_second_payment_alone(tmp_path: Path) -> None:
    with Standin(faults=dict.fromkeys(range(FREE + 1, 60), PAGE)) as gateway:
        rehearsal = Rehearsal(gateway, tmp_path)
        ran = rehearsal.run()
        assert ran.code == 5 and "a limit on requests" in ran.err, ran.said
        real = [
            posted.field("tid")
            for posted in gateway.posts
            if posted.field("tid") in (rehearsal.tid, rehearsal.full_tid)
        ]
        assert real == [rehearsal.tid]
        assert "--remaining 1000" in advice(ran) and "--full-remaining" not in advice(ran)


@pytest.mark.parametrize("status", [400, 422])
def test_a_decline_with_another_status_is_said_to_be_perhaps_one(tmp_path: Path, status: int) -> None:
    with Standin(Odd(decline_status=status)) as gateway:
        rehearsal = Rehearsal(gateway, tmp_path, with_full=False)
        ran = rehearsal.run()
        assert ran.code == 5, ran.said
        for said in (ran.err, advice(ran)):
            assert f"HTTP {status} with code P17" in said and "It may be a decline" in said, said
            assert "The same command with --remaining AMOUNT continues" in said and "--remaining 1000" in said, said
        assert f"answers HTTP {status} with a code" in advice(ran)
        korean = said_in_korean(rehearsal)
        assert f"HTTP {status}, 코드 P17" in korean and "--remaining 1000" in korean
        rehearsal.to_the_end()
        assert rehearsal.runs[-1].code == 0 and complaints(rehearsal.read(), gateway) == []
        assert "It may be a decline" not in advice(rehearsal.runs[-1])


@pytest.mark.parametrize("status", [200, 400])
def test_a_partial_cancel_that_is_declined_ends_in_the_same_way_however_that_is_known(
    tmp_path: Path, status: int
) -> None:
    with Standin(Odd(partials=False, decline_status=status)) as gateway:
        rehearsal = Rehearsal(gateway, tmp_path, with_full=False)
        rehearsal.run()
        rehearsal.to_the_end()
        ran = rehearsal.runs[-1]
        assert ran.code == 4, ran.said
        assert "N05" in advice(ran) and "nothing went back of" in advice(ran) and "new payments" in advice(ran), (
            ran.said
        )
        assert "N05" in said_in_korean(rehearsal)
        # None of the questions after it tells anything.
        asked = [step["step"] for step in rehearsal.read()["steps"] if step["state"] != "skipped"]
        assert asked[-1] == "partial", asked


@pytest.mark.parametrize("question", range(5))
def test_a_lost_answer_needs_a_new_payment(tmp_path: Path, question: int) -> None:
    names = ["wrong_remainder_high", "wrong_remainder_low", "partial", "same_again", "at_once"]
    with Standin(faults={FREE + 1 + question: Fault("close", applied=False)}) as gateway:
        rehearsal = Rehearsal(gateway, tmp_path, with_full=False)
        ran = rehearsal.run()
        assert "not proven" in ran.out and "make a new payment" not in ran.out, ran.said
        rehearsal.to_the_end()
        last = rehearsal.runs[-1]
        assert last.code == 0 and rehearsal.read()["findings"]["confirm_price"]["enforced"] is None, last.said
        assert names[question] in advice(last) and "make a new payment" in advice(last), last.said
        assert "새로 결제한" in said_in_korean(rehearsal)
        # It is as it says: a new payment in the same file finds it out.
        again = replace(rehearsal, runs=[])
        again.run()
        assert again.tid != rehearsal.tid and again.runs[-1].code == 0
        assert ADVICE not in again.runs[-1].out and again.read()["findings"]["confirm_price"]["enforced"] is True


@pytest.mark.parametrize("success", ["0000", 0])
def test_a_success_that_no_setting_makes_one(tmp_path: Path, success: object) -> None:
    with Standin(Odd(success=success)) as gateway:
        rehearsal = Rehearsal(gateway, tmp_path)
        rehearsal.run()
        rehearsal.to_the_end()
        ran = rehearsal.runs[-1]
        assert ran.code == 0 and "No setting makes it done" in advice(ran), ran.said
        assert "설정은 없습니다" in said_in_korean(rehearsal)
        assert f"→ unknown, {success}, " in rehearsal.runs[0].out and "resembles success" in rehearsal.runs[0].out
        # What is settled is not called unknown once more.
        assert "do not send it again" not in ran.out


def test_the_findings_are_in_the_language_that_was_asked_for(tmp_path: Path) -> None:
    with Standin() as gateway:
        rehearsal = Rehearsal(gateway, tmp_path)
        assert rehearsal.run().code == 0
        shown = [rehearsal.run("--show", str(rehearsal.file), "--lang", lang).out for lang in ("en", "ko")]
    labels = ["signature checked", "must be equal", "at once", "connections kept", "clock ahead by", "answer times"]
    assert [all(label in out for label in labels) for out in shown] == [True, False]
    assert not [label for label in [*labels, "partial success", "full success"] if label in shown[1]], shown[1]
    # Settings and situations are called as in the file, whatever the language.
    assert "required_echoes" in shown[1] and "partial_done" in shown[1]


def test_what_changed_is_one_short_line_each(tmp_path: Path) -> None:
    with Standin(faults={FREE + 3: Fault("close", applied=False)}) as gateway:
        rehearsal = Rehearsal(gateway, tmp_path, with_full=False)
        rehearsal.run()
        rehearsal.to_the_end()
        again = replace(rehearsal, runs=[])
        ran = again.run()
    changes = ran.out.split("Since the run of")[1].split("Written to")[0].splitlines()[1:]
    assert "  confirm_price.enforced: not known → true" in changes, ran.out
    assert max(map(len, changes)) < 100 and "null" not in "".join(changes), changes


@pytest.mark.parametrize("kind", ["page", "status_500", "close"])
def test_a_block_is_told_where_only_what_is_free_is_asked(tmp_path: Path, kind: str) -> None:
    with Standin(faults=dict.fromkeys(range(1, 60), Fault(kind, applied=False))) as gateway:
        rehearsal = Rehearsal(gateway, tmp_path)
        ran = rehearsal.run(*rehearsal.payment, "--only-free")
        assert ran.code == 3 and "doctor" in advice(ran), ran.said
        gateway.faults = {}
        ran = rehearsal.run(*rehearsal.payment, "--only-free")
        assert ran.code == 0 and ADVICE not in ran.out, ran.said


@pytest.mark.parametrize(
    ("odd", "clock"), [(Odd(tid_first=True), False), (Odd(fresh_seconds=600, clock_seconds=1800), True)]
)
def test_forms_that_only_money_tells_apart(tmp_path: Path, odd: Odd, clock: bool) -> None:
    with Standin(odd) as gateway:
        rehearsal = Rehearsal(gateway, tmp_path)
        ran = rehearsal.run(*rehearsal.payment, "--only-free")
        assert ran.code == 0 and "Without --only-free" in advice(ran), ran.said
        assert ("behind the gateway's" in advice(ran)) is clock
        assert "--only-free 없이" in said_in_korean(rehearsal)
