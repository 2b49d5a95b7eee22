"""The API reference: its pages, made of docstrings, and which pages show what of it."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

import griffe

# The pages of the reference and the modules they are made of.
PYTHON = {
    "client": ["paywelcome", "paywelcome.types"],
    "refunds": ["paywelcome.refunds"],
    "stores": [
        *(f"paywelcome.refunds.{name}" for name in ("django", "sqlalchemy", "psycopg", "asyncpg", "pymysql")),
        "paywelcome.refunds.celery",
    ],
    "testing": ["paywelcome.testing", "paywelcome.testing.stores"],
}
NODE = {
    "client": "paywelcome",
    "refunds": "paywelcome/refunds",
    "bullmq": "paywelcome/refunds/bullmq",
    "testing": "paywelcome/testing",
}
# What a reader looks for first; the other names follow in the order of the alphabet.
FIRST = ["Client", "AsyncClient", "cancel", "partial_cancel", "Refunds", "AsyncRefunds", "Sandbox"]
HEADLESS = "      show_root_heading: false\n      show_root_toc_entry: false\n"
TITLES = {"stores": "Stores and queues"}
PYTHON_IMPORT = re.compile(r"from (paywelcome[\w.]*) import (\([^)]*\)|[^\n#(]+)")
NODE_IMPORT = re.compile(r"import (?:type )?\{([^}]*)\} from '(paywelcome[\w/]*)'")
# A name of several words is none of anybody else's.
TELLING = re.compile(r"[A-Z][a-z]+(?:[A-Z]+[a-z]*)+")


class Entry(NamedTuple):
    """A name of the API: its page and anchor."""

    language: str
    name: str
    page: str
    anchor: str

    @property
    def target(self) -> str:
        return f"{self.page}#{self.anchor}"


class Reference:
    """All public names of both languages."""

    def __init__(self, sources: Path, typedoc: Path) -> None:
        loader = griffe.GriffeLoader(search_paths=[sources])
        loader.load("paywelcome")
        loader.resolve_aliases(implicit=True)
        self.package = loader.modules_collection
        self.typedoc = typedoc
        self.entries: dict[tuple[str, str, str], Entry] = {}
        for page, modules in PYTHON.items():
            for module in modules:
                for name in self.names(module):
                    where = f"reference/python/{page}.md"
                    self.entries["Python", module, name] = Entry("Python", name, where, f"{module}.{name}")
        for page, module in NODE.items():
            for name, anchor in re.findall(r"^### ([\w$]+).* \{ #(.*) \}$", self.typed(page), re.MULTILINE):
                self.entries["Node.js", module, name] = Entry("Node.js", name, f"reference/node/{page}.md", anchor)

    def names(self, module: str) -> list[str]:
        """What a module exports; without a list of it, its own classes and functions."""
        found = self.package[module]
        own = [
            name for name, each in found.members.items() if not each.is_alias and (each.is_class or each.is_function)
        ]
        names = [name for name in map(str, found.exports or own) if not name.startswith("_")]
        return sorted(names, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST))

    def shown(self, text: str) -> list[Entry]:
        """The names that a page shows: those that its code imports, and those that can't be anybody else's."""
        asked: set[tuple[str, str, str]] = set()
        for module, names in PYTHON_IMPORT.findall(text):
            asked |= {("Python", module, name.strip().split(" ")[0]) for name in names.strip("()").split(",")}
        for names, module in NODE_IMPORT.findall(text):
            asked |= {
                ("Node.js", module, name.strip().removeprefix("type ").split(" ")[0]) for name in names.split(",")
            }
        asked |= {("Python", "paywelcome", name) for name in re.findall(r"\bpaywelcome\.(\w+)", text)}
        told = {name for code in re.findall(r"`([^`\n]+)`", text) for name in TELLING.findall(code)}
        return [entry for key, entry in self.entries.items() if key in asked or entry.name in told]

    def python(self, page: str, shown_in: dict[Entry, str]) -> str:
        """A page of the Python reference, for mkdocstrings: a list of where its names are shown, and the names."""
        modules = PYTHON[page]
        parts, shown = [f"# {TITLES.get(page, modules[0])}"], []
        for module in modules:
            below = module != modules[0] or page in TITLES
            if below:
                parts.append(f"## {module}")
            parts.append(f"::: {module}\n    options:\n      members: false\n{HEADLESS}")
            for name in self.names(module):
                level, inherits = 3 if below else 2, self.inherits(module, name)
                options = f"      heading_level: {level}\n      inherited_members: {inherits}\n"
                parts.append(f"::: {module}.{name}\n    options:\n{options}")
                entry = self.entries["Python", module, name]
                if entry in shown_in:
                    shown.append(f"- [`{name}`](#{entry.anchor}): {shown_in[entry]}")
        at = 1 if page in TITLES else 2
        parts[at:at] = ["The pages that show a name:\n\n" + "\n".join(shown)] if shown else []
        return "\n\n".join(part for part in parts if part) + "\n"

    def inherits(self, module: str, name: str) -> str:
        """Whether a class shows what it has of others: of those that have no entry of their own."""
        found = self.package[f"{module}.{name}"]
        found = found.final_target if found.is_alias else found
        public = {name for names in map(self.names, self.modules()) for name in names}
        bases = [str(base).split(".")[-1].split("[")[0] for base in getattr(found, "bases", [])]
        return str(any(base not in public for base in bases)).lower()

    @staticmethod
    def modules() -> list[str]:
        return [module for modules in PYTHON.values() for module in modules]

    def typed(self, page: str) -> str:
        """What TypeDoc wrote, with its anchors as those of the headings."""
        name = "index" if page == "client" else page
        text = (self.typedoc / f"{name}.md").read_text(encoding="utf-8")
        text = re.sub(r'^<a id="([^"]+)"></a>\n\n(#+ .*)$', r"\2 { #\1 }", text, flags=re.MULTILINE)
        # What a method throws stands together, and only names are headings.
        members = re.split(r"(?m)^(?=#{1,5} )", text)
        text = re.sub(r"^###### (.*)$", r"**\1**", "".join(map(thrown, members)), flags=re.MULTILINE)
        return text.replace("](index.md", "](client.md").replace(r"\<", "&lt;").replace(r"\>", "&gt;")

    def node(self, page: str, shown_in: dict[Entry, str]) -> str:
        """A page of the Node.js reference, with what shows each name."""
        module = NODE[page]

        def headed(heading: re.Match[str]) -> str:
            entry = self.entries["Node.js", module, heading.group(1)]
            return heading.group(0) + (f"\n\n*Shown in: {shown_in[entry]}*" if entry in shown_in else "")

        return f"# {module}\n\n" + re.sub(r"^### ([\w$]+).* \{ #.* \}$", headed, self.typed(page), flags=re.MULTILINE)


def thrown(member: str) -> str:
    """A member's text with one heading for all that it throws."""
    before, heading, after = member.partition("###### Throws\n")
    return before + heading + re.sub(r"###### Throws\n\n", "", after)


def readers(shown: dict[str, list[Entry]]) -> dict[Entry, list[str]]:
    """The pages of each name."""
    found = defaultdict(list)
    for page, entries in shown.items():
        for entry in entries:
            found[entry].append(page)
    return dict(found)
