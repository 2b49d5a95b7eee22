"""The project rules that no linter knows: one version, one list of roots, short files, nothing built or secret.

Run by `make lint`; the release adds `--tag v1.2.3`, which must name the version.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 500
PRODUCT = (
    "core/src/",
    "refunds/src/",
    "loopback/src/",
    "rehearsal/src/",
    "sandbox/src/",
    "cli/src/",
    "bindings-python/src/",
    "bindings-python/python/",
    "bindings-node/src/",
    "bindings-node/lib/",
)
UNFINISHED = re.compile(r"todo!|unimplemented!|TODO|FIXME|XXX|dbg!|\.unwrap\(\)")
BUILT = re.compile(r"(\.node|\.so|\.whl|\.tgz)$|(^|/)(dist|node_modules|target)/")


def tracked() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    return [name for name in listed.stdout.splitlines() if (ROOT / name).is_file()]


def versions() -> dict[str, str]:
    def first(pattern: str, name: str) -> str:
        found = re.search(pattern, (ROOT / name).read_text(), re.MULTILINE)
        return found.group(1) if found else "none"

    lock = json.loads((ROOT / "package-lock.json").read_text())
    crates = re.findall(
        r'^name = "(.*)"\nversion = "(.*)"\n(?!source)', (ROOT / "Cargo.lock").read_text(), re.MULTILINE
    )
    paths = re.findall(r'^(\S+) = \{ path = .* version = "(.*?)"', (ROOT / "Cargo.toml").read_text(), re.MULTILINE)
    return {
        "Cargo.toml": first(r'^\[workspace\.package\]\nversion = "(.*)"', "Cargo.toml"),
        "package.json": json.loads((ROOT / "package.json").read_text())["version"],
        "package-lock.json": lock["packages"][""]["version"],
        "paywelcome/__init__.py": first(r'^__version__ = "(.*)"', "bindings-python/python/paywelcome/__init__.py"),
        "CHANGELOG.md": first(r"^## (\d\S*)", "CHANGELOG.md"),
        **{f"Cargo.lock, {name}": version for name, version in crates},
        **{f"Cargo.toml, {name}": version for name, version in paths},
    }


DAY = r"\d{4}-\d\d-\d\d"


def undated(changelog: str, is_release: bool = False) -> list[str]:
    """What a changelog lacks: a place for what comes next, and beside each version its day.

    The latest version may say instead that it is not released yet, until its release.
    """
    headings = re.findall(r"^## (.*)", changelog, re.MULTILINE)
    found = [] if headings[:1] == ["[Unreleased]"] else ["CHANGELOG.md: does not begin with [Unreleased]"]
    for at, heading in enumerate(headings[1:]):
        end = DAY if at > 0 or is_release else f"({DAY}|not released yet)"
        if not re.fullmatch(rf"\d+\.\d+\.\d+ - {end}", heading):
            found.append(f"CHANGELOG.md: {heading!r} is not a version with its day, such as '1.2.3 - 2026-12-31'")
    return found


def complaints() -> list[str]:
    found = []
    if len(set(versions().values())) != 1:
        found.append(f"versions differ: {versions()}")
    for name in tracked():
        if BUILT.search(name):
            found.append(f"{name}: is built, and must not be committed")
        if not name.endswith((".rs", ".py", ".pyi", ".ts", ".mts", ".mjs", ".js")):
            continue
        lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
        if len(lines) > LONGEST:
            found.append(f"{name}: has {len(lines)} lines, more than {LONGEST}")
        if name.startswith(PRODUCT):
            marks = [at for at, line in enumerate(lines, 1) if UNFINISHED.search(line)]
            found += [f"{name}:{at}: is unfinished" for at in marks]
    if '"resolved"' in (ROOT / "package-lock.json").read_text():
        found.append("package-lock.json: records download addresses; write it with omit-lockfile-registry-resolved")
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tag", help="the tag of a release")
    tag = parser.parse_args().tag
    wrong = [*complaints(), *undated((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), tag is not None)]
    if tag is not None and tag != f"v{versions()['Cargo.toml']}":
        wrong.append(f"the tag {tag} is not v and the version, {versions()['Cargo.toml']}")
    print("\n".join(wrong) or "versions, sizes and names are in order")
    sys.exit(bool(wrong))
