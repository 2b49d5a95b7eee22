"""What is let in and what is let out: the licences and sources of the crates, and the workflows that publish.

A tool that is not installed is skipped with a loud word; the workflow has them all.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))


def tool(name: str, install: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if not found:
        pytest.skip(f"NOT CHECKED: {name} is not installed ({install})")
    return found


def run(*command: object) -> None:
    ended = subprocess.run([*map(str, command)], cwd=ROOT, capture_output=True, text=True, timeout=600)
    assert ended.returncode == 0, ended.stdout + ended.stderr


def test_crates_have_the_licences_and_sources_that_are_allowed() -> None:
    """The advisories need their database, which the workflow fetches."""
    deny = tool("cargo-deny", "cargo install cargo-deny --locked")
    run(deny, "--offline", "check", "licenses", "bans", "sources")


@pytest.mark.skipif(sys.platform == "win32", reason="its programs are no scripts")
@pytest.mark.parametrize(
    ("npm", "pip", "code", "words"),
    [
        ('{"vulnerabilities": {}}', '{"dependencies": [{"name": "a", "vulns": []}]}', 0, ": 0 known"),
        ('{"vulnerabilities": {"b": {"severity": "low"}}}', '{"dependencies": []}', 1, "b: {'severity': 'low'}"),
        ('{"vulnerabilities": {}}', '{"dependencies": [{"name": "a", "vulns": [{"id": "PYSEC-1"}]}]}', 1, "PYSEC-1"),
        ('{"message": "405 Method Not Allowed"}', "", 0, "NOT CHECKED: 405 Method Not Allowed"),
        (
            '{"vulnerabilities": {}}',
            '{"dependencies": [{"name": "a", "skip_reason": ""}]}',
            0,
            "NOT CHECKED: no answer",
        ),
    ],
)
def test_an_audit_fails_for_a_vulnerability_and_not_for_silence(
    npm: str, pip: str, code: int, words: str, tmp_path: Path
) -> None:
    for name, says in (("npm", npm), ("pip-audit", pip)):
        (tmp_path / name).write_text(f"#!/bin/sh\ncat <<'END'\n{says}\nEND\n")
        (tmp_path / name).chmod(0o755)
    program = [sys.executable, str(ROOT / "tests/packages/audit.py")]
    path = f"{tmp_path}:/usr/bin:/bin"
    ended = subprocess.run(program, env={"PATH": path}, capture_output=True, text=True, timeout=60)
    assert (ended.returncode, words in ended.stdout) == (code, True), ended.stdout + ended.stderr


def test_zizmor_finds_nothing_in_the_workflows() -> None:
    run(tool("zizmor", "tests/packages/requirements.txt"), "--offline", "--quiet", ROOT / ".github")


def test_actionlint_finds_nothing_in_the_workflows() -> None:
    run(tool("actionlint", "go install github.com/rhysd/actionlint/cmd/actionlint@v1.7.12"), *WORKFLOWS)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.name)
def test_a_workflow_uses_only_pinned_actions_and_few_rights(workflow: Path) -> None:
    text = workflow.read_text(encoding="utf-8")
    used = re.findall(r"uses: (\S+)(.*)", text)
    assert used
    for action, comment in used:
        ours = action.startswith("./")
        assert ours or (re.search(r"@[0-9a-f]{40}$", action) and re.fullmatch(r" # v\d+\.\d+\.\d+", comment)), action
    assert re.search(r"^permissions: \{\}$", text, re.MULTILINE), "the default is no right at all"
    assert text.count("actions/checkout@") == text.count("persist-credentials: false")
    assert "secrets." not in text, "publishing needs no stored secret"


def test_one_action_has_one_version() -> None:
    used = {found for path in WORKFLOWS for found in re.findall(r"uses: ([^.\s]\S+)@(\S+)", path.read_text("utf-8"))}
    assert len(used) == len({action for action, _ in used}), sorted(used)


def test_every_platform_is_built_packed_and_found() -> None:
    """The lists of platforms in the package, the loader and the workflow are one."""
    told = set(re.findall(r'"(\w+-\w+-[\w-]+)"', re.search(r'"targets": \[(.*?)\]', text("package.json"), re.S)[1]))
    built = set(re.findall(r"\{ target: ([\w-]+), runner", text(".github/workflows/packages.yml")))
    denied = set(re.findall(r'"([\w-]+)"', re.search(r"targets = \[(.*?)\]", text("deny.toml"), re.S)[1]))
    assert told == built == denied and len(told) == 8
    loader = text("bindings-node/lib/addon.ts")
    listed = re.findall(r"^  '([\w-]+)',$", loader, re.MULTILINE)
    assert len(listed) == len(told)
    assert (
        re.findall(r"case '([\w-]+)':", loader) == re.findall(r"require\('@paywelcome/native-(.*)'\)", loader) == listed
    )


def test_the_floor_of_rust_is_one() -> None:
    (floor,) = set(re.findall(r'^rust-version = "(.*)"', text("Cargo.toml"), re.MULTILINE))
    assert f"Rust {floor} or later" in text("bindings-python/python/paywelcome/_unloadable.py")


def test_an_example_takes_the_library_from_the_clone() -> None:
    """Whoever claims its name on a registry must not get into an example."""
    described = sorted((ROOT / "examples").glob("*/package.json"))
    for path in described:
        told = json.loads(path.read_text(encoding="utf-8"))
        needs = {**told["dependencies"], **told.get("devDependencies", {})}
        assert {name: value for name, value in needs.items() if "paywelcome" in name} == {"paywelcome": "file:../.."}
    listed = sorted((ROOT / "examples").glob("*/requirements.txt"))
    for path in listed:
        lines = [line.partition("#")[0].strip() for line in path.read_text(encoding="utf-8").splitlines()]
        assert "../.." in lines and not any(line.startswith("paywelcome") for line in lines), path
    assert (len(described), len(listed)) >= (6, 5)


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
