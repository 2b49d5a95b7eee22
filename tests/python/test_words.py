"""The check of Korean words finds what is planted: in pages, in messages, and in a page that leaves a term out."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent.parent
sys.path.insert(0, str(TESTS))

import words  # noqa: E402

PAGE = (TESTS.parent / words.GLOSSARY).read_text(encoding="utf-8")
GLOSSARY = words.read(PAGE)


@pytest.mark.parametrize(
    ("name", "text", "wrong"),
    [
        ("docs/a.ko.md", "환불은 게이트웨이가 합니다.", "게이트웨이"),
        ("docs/a.ko.md", "첫 줄\n\n```python\nrefund()  # 영수증을 돌려줌\n```\n", "영수증"),
        ("cli/src/a.rs", 'sends: "이후 작업자가 보냅니다",', "작업자"),
        ("sandbox/inspector/korean.js", "title: '웰컴페이 샌드박스',", "웰컴페이"),
        ("bindings-python/python/paywelcome/a.py", 'say("remaining", "잔액")', "잔액"),
        ("bindings-python/python/paywelcome/a.html", "<p>돈이 움직인 뒤</p>", "움직인"),
    ],
)
def test_a_wrong_word_is_found_with_its_line(name: str, text: str, wrong: str) -> None:
    (found,) = words.misused(GLOSSARY, name, text)
    line = next(at for at, each in enumerate(text.splitlines(), 1) if wrong in each)
    assert found.startswith(f"{name}:{line}: says {wrong}; write ")


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("docs/a.ko.md", "웰컴페이먼츠의 API 게이트웨이, 정산 잔액, [규칙](b.ko.md#잔액)"),
        ("cli/src/a.rs", 'known: &[\n    "remaining",\n    "잔액",\n],'),
        ("cli/src/a.rs", 'sends: "A worker then sends it:",'),
    ],
)
def test_what_is_right_is_left_alone(name: str, text: str) -> None:
    assert words.misused(GLOSSARY, name, text) == []


def test_a_term_that_the_korean_page_leaves_out_is_found() -> None:
    english = "The lease is over. After the lease another worker takes it. `lease`\n\n```\nlease lease\n```\n"
    (found,) = words.missing(GLOSSARY, "docs/a.ko.md", english, "다른 워커가 이어받습니다.")
    assert found == "docs/a.ko.md: its English page says lease 2 times; say 점유 시간"
    assert words.missing(GLOSSARY, "docs/a.ko.md", english, "점유 시간이 지나면 다른 워커가 이어받습니다.") == []
    assert words.missing(GLOSSARY, "docs/a.ko.md", "One lease, in `lease`.", "한 번") == []


def test_every_korean_text_is_looked_at() -> None:
    page, message = "비용", 'say("gateway", "게이트웨이")'
    files = {words.GLOSSARY: PAGE, "docs/a.md": "", "docs/a.ko.md": page, "core/src/a.rs": message}
    assert len(words.complaints(files)) == 2
    assert words.complaints({**files, "docs/a.ko.md": "성능", "core/src/a.rs": 'say("gateway", "PG사")'}) == []
