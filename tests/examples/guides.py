"""Keeps the code of docs/guides equal to the examples that are tested.

A comment before a block names the file and the region that the block shows; `--write` fills the blocks in.
"""

import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(
    r"^<!-- (?P<file>examples/\S+?): (?P<region>\S+) -->\n```(?P<kind>\w+)\n(?P<code>.*?)^```$", re.M | re.S
)
REGION = r"^ *(?:#|//) \[region: {}\]\n(.*?)^ *(?:#|//) \[end\]$"
SHOWN = ("python", "js", "ts")


def region(file: str, name: str) -> str:
    found = re.findall(REGION.format(re.escape(name)), (ROOT / file).read_text(encoding="utf-8"), re.M | re.S)
    assert len(found) == 1, f"{file} has {len(found)} regions {name}"
    return textwrap.dedent(found[0]).strip("\n") + "\n"


def filled(page: str) -> str:
    def block(found: re.Match[str]) -> str:
        code = region(found["file"], found["region"])
        return f"<!-- {found['file']}: {found['region']} -->\n```{found['kind']}\n{code}```"

    return BLOCK.sub(block, page)


def main() -> int:
    stale = 0
    pages = sorted((ROOT / "docs" / "guides").glob("*.md"))
    shown = 0
    for path in pages:
        page = path.read_text(encoding="utf-8")
        named = len(BLOCK.findall(page))
        shown += named
        for kind in SHOWN:
            assert len(re.findall(rf"^```{kind}$", page, re.M)) <= named, f"{path.name}: a block names no example"
        if "--write" in sys.argv:
            path.write_text(filled(page), encoding="utf-8")
        elif filled(page) != page:
            stale += 1
            print(f"{path.name}: differs from the examples; run tests/examples/guides.py --write")
    assert shown >= 10, shown
    print(f"{len(pages)} guides, {shown} blocks, {stale} that differ")
    return stale


if __name__ == "__main__":
    sys.exit(main())
