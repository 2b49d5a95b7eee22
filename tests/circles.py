"""Finds circles of files: a file that needs, through others, itself. Run by `make lint`, or for another folder.

Every way to need a file counts, also for types only, and within a function. What two files share and neither owns
stands in a file of its own. That a crate's root, or the parent of some modules, lists them (`mod x;`, `pub use x::…`)
is no need.
"""

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from house import ROOT, tracked

Needs = dict[str, set[str]]

SCRIPT = (".ts", ".mts", ".cts", ".js", ".mjs")
IMPORTED = re.compile(r"""(?:\bfrom|\bimport|\bimport\(|\brequire\()\s*['"](\.[^'"]*)['"]""")
# Where the packages of the Python side begin; a program beside others finds them by their names too.
PACKAGES = "bindings-python/python"


def script_needs(root: Path, names: Iterable[str]) -> Needs:
    """Of TypeScript and JavaScript, whose imports name files: `./x.js` is also what `x.ts` becomes."""
    known = set(names)
    needs: Needs = {}
    for name in known:
        text = re.sub(r"^\s*(//|\*|/\*).*$", "", (root / name).read_text(), flags=re.MULTILINE)
        wanted = [(root / name).parent / path for path in IMPORTED.findall(text)]
        found = [path.resolve() for path in wanted]
        tried = [str(path.with_suffix(suffix).relative_to(root)) for path in found for suffix in sources(path)]
        needs[name] = known.intersection(tried)
    return needs


def sources(path: Path) -> tuple[str, ...]:
    return {".js": (".js", ".ts"), ".mjs": (".mjs", ".mts"), ".cjs": (".cts",)}.get(path.suffix, (path.suffix,))


def python_needs(root: Path, names: Iterable[str]) -> Needs:
    """Of Python modules and stubs."""
    known = set(names)
    needs: Needs = {}
    for name in known:
        folder = Path(name).parent
        needs[name] = set()
        for node in ast.walk(ast.parse((root / name).read_text())):
            if isinstance(node, ast.Import):
                wanted = [(base / path, None) for alias in node.names for base, path in rooted(folder, alias.name)]
            elif isinstance(node, ast.ImportFrom) and node.level:
                base = (folder / ("../" * (node.level - 1))).joinpath(*(node.module or "").split("."))
                wanted = [(base, alias.name) for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                places = rooted(folder, node.module or "")
                wanted = [(base / path, alias.name) for alias in node.names for base, path in places]
            else:
                continue
            for module, member in wanted:
                tried = ([module / member] if member else []) + [module]
                needs[name] |= next((files for one in tried if (files := known & module_files(root, one))), set())
    return needs


def rooted(folder: Path, dotted: str) -> list[tuple[Path, Path]]:
    return [(base, Path(*dotted.split("."))) for base in (folder, Path(PACKAGES))]


def module_files(root: Path, path: Path) -> set[str]:
    plain = str((root / path).resolve().relative_to(root))
    return {plain + end for end in (".py", ".pyi", "/__init__.py")}


class Crate:
    """The modules of one crate, or of one program, from its root file on."""

    def __init__(self, root: Path) -> None:
        self.files: dict[tuple[str, ...], Path] = {}
        self.uses: dict[tuple[str, ...], list[Use]] = {}
        self.follow((), root, root.parent)

    def follow(self, module: tuple[str, ...], file: Path, folder: Path) -> None:
        self.files[module] = file
        text = plain_rust(file.read_text())
        self.uses[module] = list(used(text, module))
        for child in re.findall(r"\bmod\s+(\w+)\s*;", text):
            for path in (folder / f"{child}.rs", folder / child / "mod.rs"):
                if path.is_file():
                    self.follow((*module, child), path, folder / child)

    def owner(self, path: tuple[str, ...], seen: frozenset[tuple[str, ...]] = frozenset()) -> tuple[str, ...]:
        """The module whose file holds what `path` names, through any `use` that passes it on."""
        module: tuple[str, ...] = ()
        for at, word in enumerate(path):
            if (*module, word) in self.files:
                module = (*module, word)
                continue
            for use in self.uses[module]:
                if use.name == word and use.path not in seen and use.path != path:
                    return self.owner((*use.path, *path[at + 1 :]), seen | {use.path})
            break
        return module

    def needs(self) -> Iterator[tuple[Path, Path]]:
        for module, uses in self.uses.items():
            for use in uses:
                path = use.path
                if use.bare and (*module, path[0]) not in self.files:
                    continue
                path = (*module, *path) if use.bare else path
                listed = use.public and path[: len(module)] == module
                owner = self.owner(path)
                if owner != module and not listed:
                    yield self.files[module], self.files[owner]


class Use:
    """A path in a `use` (then with the name it gets, and whether others see it), or in the code."""

    def __init__(self, path: tuple[str, ...], bare: bool, name: str | None = None, public: bool = False) -> None:
        self.path, self.bare, self.name, self.public = path, bare, name, public


def plain_rust(text: str) -> str:
    return re.sub(r'//[^\n]*|/\*.*?\*/|r#".*?"#|"(?:\\.|[^"\\])*"', " ", text, flags=re.DOTALL)


TOKEN = re.compile(
    r"\bmod\s+\w+\s*(?P<open>\{)|(?P<public>\bpub(?:\([^)]*\))?\s+)?\buse\s+(?P<use>[^;]+);"
    r"|(?<![\w:.])(?P<path>[a-z_]\w*(?:::\w+)+)|(?P<brace>[{}])"
)


def used(text: str, module: tuple[str, ...]) -> Iterator[Use]:
    # For each open brace, whether it is that of a module within the file: its `super` is the file itself.
    braces: list[bool] = []
    for token in TOKEN.finditer(text):
        if token["open"] or token["brace"] == "{":
            braces.append(bool(token["open"]))
        elif token["brace"]:
            if braces:
                braces.pop()
        elif token["use"]:
            for words, name in leaves(token["use"]):
                path, bare = absolute(words, module, sum(braces))
                if path:
                    yield Use(path, bare, name, bool(token["public"]))
        else:
            path, bare = absolute(tuple(token["path"].split("::")), module, sum(braces))
            if path:
                yield Use(path, bare)


def absolute(words: tuple[str, ...], module: tuple[str, ...], inner: int) -> tuple[tuple[str, ...], bool]:
    if words[0] == "crate":
        return words[1:], False
    if words[0] not in ("self", "super"):
        return words, True
    above = 0
    while words and words[0] in ("self", "super"):
        above += words[0] == "super"
        words = words[1:]
    up = max(above - inner, 0)
    return (*module[: len(module) - up], *words), False


def leaves(tree: str) -> Iterator[tuple[tuple[str, ...], str | None]]:
    """`a::{b, c::d as e}` → a::b named b, a::c::d named e."""
    tree = tree.strip()
    head, brace, rest = tree.partition("{")
    if not brace:
        path, _, name = tree.partition(" as ")
        words = tuple(word.strip() for word in path.split("::") if word.strip() not in ("", "*"))
        if words and words[-1] == "self" and len(words) > 1:
            words = words[:-1]
        if words:
            yield words, name.strip() or words[-1]
        return
    depth, start = 0, 0
    rest = rest[: rest.rindex("}")]
    for at, letter in enumerate(f"{rest},"):
        depth += (letter == "{") - (letter == "}")
        if letter == "," and depth == 0:
            if rest[start:at].strip():
                yield from leaves(head.strip() + rest[start:at].strip())
            start = at + 1


def rust_needs(root: Path, manifests: Iterable[str]) -> Needs:
    needs: Needs = {}
    for manifest in manifests:
        folder = (root / manifest).parent
        for pattern in ("src/lib.rs", "src/main.rs", "src/bin/*.rs", "tests/*.rs", "tests/*/main.rs", "benches/*.rs"):
            for start in folder.glob(pattern):
                for one, other in Crate(start).needs():
                    needs.setdefault(str(one.relative_to(root)), set()).add(str(other.relative_to(root)))
    return needs


def circles(needs: Needs) -> list[list[str]]:
    """One circle, the shortest, of each knot of files that need each other."""
    found, done = [], set()
    for start in sorted(needs):
        ways, queue = {start: [start]}, [start]
        while queue and start not in done:
            here = queue.pop(0)
            for there in sorted(needs.get(here, ())):
                if there == start and here != start:
                    found.append([*ways[here], start])
                    done.update(ways[here])
                    queue = []
                    break
                if there not in ways:
                    ways[there] = [*ways[here], there]
                    queue.append(there)
    return found


def complaints(root: Path) -> list[str]:
    found = tracked() if root == ROOT else [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
    needs = {
        **script_needs(root, (name for name in found if name.endswith(SCRIPT))),
        **python_needs(root, (name for name in found if name.endswith((".py", ".pyi")))),
        **rust_needs(root, (name for name in found if name.endswith("Cargo.toml"))),
    }
    return [f"a circle of files: {' → '.join(circle)}" for circle in circles(needs)]


if __name__ == "__main__":
    wrong = complaints(Path(sys.argv[1]).resolve() if sys.argv[1:] else ROOT)
    print("\n".join(wrong) or "no circle of files")
    sys.exit(bool(wrong))
