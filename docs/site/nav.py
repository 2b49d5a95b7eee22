"""The pages of the site in their order: from the first steps, over the tasks and the reference, to how things work.

A page's title is its first heading. Each page of docs/ is listed here once; its Korean twin has the same place.
"""

from __future__ import annotations

from typing import NamedTuple


class Section(NamedTuple):
    """Pages below one title. A page is a file of this repository, or, in the reference, one that is made."""

    english: str
    korean: str
    entries: list[str | Section]


GUIDES = (
    "django fastapi celery procrastinate express fastify nestjs nextjs bullmq pg-boss".split()  # noqa: SIM905
)

SECTIONS = [
    Section("Start", "시작", ["README.md", "docs/install.md"]),
    Section("Tutorial", "튜토리얼", ["docs/tutorial.md"]),
    Section(
        "How-to",
        "사용법",
        [
            "docs/going-live.md",
            "docs/outcomes.md",
            "docs/refunds.md",
            "docs/batch.md",
            "docs/operating.md",
            "docs/sandbox.md",
            "docs/observability.md",
            "docs/migrating.md",
            Section("Frameworks", "프레임워크", [f"docs/guides/{name}.md" for name in GUIDES]),
        ],
    ),
    Section(
        "Reference",
        "레퍼런스",
        [
            "docs/calls.md",
            "docs/fields.md",
            "docs/settings.md",
            "docs/commands.md",
            "docs/sandbox-api.md",
            "docs/words.md",
            "CHANGELOG.md",
            Section(
                "Python",
                "Python",
                [f"reference/python/{name}.md" for name in ("client", "refunds", "stores", "testing")],
            ),
            Section(
                "Node.js",
                "Node.js",
                [f"reference/node/{name}.md" for name in ("client", "refunds", "bullmq", "testing")],
            ),
            Section("Rust", "Rust", ["reference/rust.md"]),
        ],
    ),
    Section("Explanation", "설명", ["docs/waiting.md", "docs/security.md", "bench/README.md", "ARCHITECTURE.md"]),
    Section("Project", "프로젝트", ["CONTRIBUTING.md", "docs/STYLE.md", "SECURITY.md"]),
]


# Pages that have both languages on them.
BILINGUAL = {"docs/STYLE.md", "docs/words.md"}


def pages(sections: list[str | Section] | list[Section]) -> list[str]:
    """All pages below some sections, in their order."""
    found = []
    for entry in sections:
        found += [entry] if isinstance(entry, str) else pages(entry.entries)
    return found
