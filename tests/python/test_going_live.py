"""docs/going-live.md and its Korean page: their commands, run in order as on a first day, against a sandbox."""

from __future__ import annotations

import json
import re
import shlex
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from paywelcome.testing import Sandbox
from person import environment, run

ROOT = Path(__file__).parent.parent.parent
PAGES = ["going-live.md", "going-live.ko.md"]


def text(page: str) -> str:
    return (ROOT / "docs" / page).read_text(encoding="utf-8")


def commands(page: str) -> list[list[str]]:
    blocks = re.findall(r"^```sh\n(.*?)^```$", text(page), re.MULTILINE | re.DOTALL)
    lines = [line for block in blocks for line in block.splitlines() if line.startswith("paywelcome ")]
    return [shlex.split(line, comments=True) for line in lines]


def shape(page: str) -> list[str]:
    """Headings, how many rows each table has, and how many steps each list has."""
    return [re.match(r"#+|\|?", line).group() for line in text(page).splitlines() if line[:1] in ("#", "|")]  # type: ignore[union-attr]


def test_both_pages_have_the_same_commands_and_tables() -> None:
    assert commands(PAGES[0]) == commands(PAGES[1])
    assert shape(PAGES[0]) == shape(PAGES[1])


@pytest.mark.parametrize("enforced", [True, False])
def test_a_first_day_against_the_sandbox(sandbox: Sandbox, tmp_path: Path, enforced: bool) -> None:
    sandbox.set_rules(confirm_price="enforced" if enforced else "ignored")
    env = environment(sandbox.url, sandbox.mid, PAYWELCOME_SIGN_KEY=sandbox.sign_key)
    codes, tid = [], ""
    body = json.dumps({"ResultCode": "00", "Tid": "TID", "Price": "1000"})
    (tmp_path / "answer.txt").write_text(body, encoding="utf-8")
    for _, *words in commands(PAGES[0]):
        kept = words[words.index("tee") + 1] if "tee" in words else ""
        words = words[: words.index("|")] if kept else words
        if words[0] != "judge":
            # Each payment is another; the second of two parts is of the same.
            if "--tid" in words and words[words.index("--pay-type") - 1] != "0":
                tid = sandbox.approve(price=1000)
            words = [{"TID": tid, "TID2": sandbox.approve(price=1000)}.get(word, word) for word in words]
        slow: AbstractContextManager[Any] = nullcontext()
        if words[0] == "rehearse":
            words += ["--yes", "--out", str(tmp_path / "rehearsal.json")]
            # A gateway takes its time, so that requests meet each other there.
            slow = sandbox.arm("stall", ms=100, times=0)
        with slow:
            ended = run(env, *(str(tmp_path / word) if (tmp_path / word).is_file() else word for word in words))
        if kept:
            (tmp_path / kept).write_text(ended.stdout, encoding="utf-8")
        codes.append((words[0], ended.returncode))
    # An answer to a full cancel is none to a partial one.
    judged = [("judge", 0), ("judge", 0), ("judge", 5)]
    moved = [("rehearse", 0), ("cancel", 0), ("partial-cancel", 0), ("partial-cancel", 0)]
    assert codes == [("doctor", 0), ("sign", 0), *moved, *judged]
    found = json.loads((tmp_path / "rehearsal.json").read_text(encoding="utf-8"))
    assert found["findings"]["confirm_price"]["enforced"] is enforced
    assert run(env, "doctor", "--rehearsal", str(tmp_path / "rehearsal.json")).returncode == 0
    # The pages list every question in its order, and one that the others may make needless.
    for page in PAGES:
        _, table = text(page).split("rehearse --tid TID --price 1000", 1)
        rows = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
        listed = [name for row in rows for name in re.findall(r"`([a-z_]+)`", row.split(":")[0])]
        asked = [step["step"] for step in found["steps"] if step["state"] == "answered"]
        listed.remove("forms_by_success")
        assert listed[: len(asked)] == asked, page


def test_the_first_lines_say_what_it_has_not_met() -> None:
    for name, words, link in [
        ("README.md", "has not been tried against the live gateway yet", "docs/going-live.md"),
        ("README.ko.md", "아직 실제 PG사에 연동해 보지 못했습니다", "docs/going-live.ko.md"),
    ]:
        first = " ".join((ROOT / name).read_text(encoding="utf-8").split("\n## ")[0].split())
        assert words in first and link in first


def test_each_rule_of_the_fields_says_where_it_comes_from() -> None:
    sources = {"*guide*", "*seen*", "*choice*"}
    for table in re.findall(r"(?:^\|.*\n)+", text("fields.md"), re.MULTILINE):
        heads, _, *rows = table.strip().split("\n")
        if heads.startswith("| source |"):
            continue
        assert heads.endswith("| source |"), heads
        for row in rows:
            assert sources & set(re.findall(r"\*\w+\*", row.strip("|").split("|")[-1])), row
