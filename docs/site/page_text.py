"""What becomes of a page's Markdown on its way to the site: its tabs, its description, and where its links lead."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

FENCE = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<=\]\()(?!\w+:)([^)#\s]+)((?:#[^)\s]*)?)(?=\))")
NAMED = re.compile(r"\[`?(?:[\w.-]+/)*([\w.-]+\.md)`?\]\(((?:[\w.-]+/)*\1)((?:#[^)\s]*)?)\)")
# Blocks of code that follow each other with nothing in between.
BLOCKS = re.compile(
    r"^```(?:python|js|ts|rust|sh)\n(?:(?!^```).*\n)*```$(?:\n\n```\w+\n(?:(?!^```).*\n)*```$)+", re.MULTILINE
)
BLOCK = re.compile(r"^```(\w+)\n((?:(?!^```).*\n)*)```$", re.MULTILINE)
TABS = {"python": "Python", "js": "Node.js", "ts": "Node.js", "rust": "Rust"}
# A command's program says for which language it is.
PROGRAMS = {"Python": r"python|pip|pytest|uv", "Node.js": r"npm|npx|node", "Rust": r"cargo"}
SHORT, LONG = 60, 170


def heading(text: str) -> str:
    """The first heading, as plain text."""
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    if found is None:
        raise ValueError("a page begins with a heading of the first level")
    return plain(found.group(1))


def plain(text: str) -> str:
    """Text without its marks."""
    text = re.sub(r"!\[[^\]]*\]\([^)]*\)", "", text)
    text = re.sub(r"\[((?:[^\[\]]|\[[^\]]*\])*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"\*([^*\s](?:[^*]*[^*\s])?)\*", r"\1", text.replace("**", ""))
    return " ".join(re.sub(r"[`\\]", "", text).split())


def description(text: str) -> str:
    """What a page is about: its title, and its first sentences, which have about 170 characters at most."""
    title, said = heading(text), first_sentences(text)
    named = not said or title.lower() in said.lower()
    return said or title if named else f"{title}: {said}"


def first_sentences(text: str) -> str:
    body = re.sub(r"^<!--.*?-->$|^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    best = ""
    for paragraph in body.split("\n\n"):
        # Neither headings, tables, lists and pictures, nor a line of links.
        if re.match(r"\s*(#|\||[-*] |\d+\. |!\[|>|$|\[[^\]]*\]\([^)]*\)(?: ·|\.?\s*$))", paragraph):
            if best and paragraph.lstrip().startswith("#"):
                break
            continue
        line = re.sub(r"\s+·\s+\[(?:English|한국어)\]\([^)]*\)", "", paragraph)
        for sentence in re.split(r"(?<=[.!?])\s+(?=\S)", plain(line)):
            # It leads to a list, to code or to an example.
            if sentence.endswith(":") or "examples/" in sentence:
                continue
            grown = f"{best} {sentence}".strip()
            if best and len(grown) > LONG:
                return best
            best = grown
            if len(best) >= SHORT:
                return cut(best)
    return cut(best)


def cut(text: str) -> str:
    if len(text) <= LONG:
        return text
    return text[: LONG - 2].rsplit(" ", 1)[0].rstrip(",;:—") + " …"


def linked(text: str, moved: Callable[[str, str], str], titled: Callable[[str], str]) -> str:
    """The text with each link, a path and an anchor, led where it belongs on the site; code is left as it is.

    A link whose text is the name of the file it leads to gets the page's title.
    """
    parts = FENCE.split(text)
    for at in range(0, len(parts), 2):
        named = NAMED.sub(lambda link: f"[{titled(link.group(2))}]({link.group(2)}{link.group(3)})", parts[at])
        parts[at] = LINK.sub(lambda link: moved(*link.groups()), named)
    return "".join(parts)


def tab(language: str, code: str) -> str | None:
    """For which language a block is, where it is for one alone."""
    if language != "sh":
        return TABS.get(language)
    programs = [
        name for name, program in PROGRAMS.items() if re.search(rf"^(?:\w+=\S+ )*(?:{program})\b", code, re.MULTILINE)
    ]
    return programs[0] if len(programs) == 1 else None


def tabbed(text: str) -> str:
    """The text with the same in several languages as tabs: code beside code, commands beside commands."""

    def tabs(run: re.Match[str]) -> str:
        groups: list[list[tuple[str | None, bool, str]]] = []
        for block in BLOCK.finditer(run.group(0)):
            label, is_command = tab(*block.groups()), block.group(1) == "sh"
            last = groups[-1] if groups else []
            fits = last and label and last[0][0] and last[0][1] == is_command
            if not fits or label in [each for each, _, _ in last]:
                groups.append([])
            groups[-1].append((label, is_command, block.group(0)))
        return "\n\n".join(map(group, groups))

    return BLOCKS.sub(tabs, text)


def group(blocks: list[tuple[str | None, bool, str]]) -> str:
    if len(blocks) == 1:
        return blocks[0][2]
    # The mark says that tabs of their own begin here, also right after others.
    return "\n\n".join(
        f'==={"" if at else "!"} "{label}"\n\n' + re.sub(r"^(?=.)", "    ", block, flags=re.MULTILINE)
        for at, (label, _, block) in enumerate(blocks)
    )


def front(**values: str | None) -> str:
    """The front matter of a page of the site."""
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}" for name, value in values.items() if value]
    return "\n".join(["---", *lines, "---", "", ""])
