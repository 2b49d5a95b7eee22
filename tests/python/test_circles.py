"""The check for circles of files finds them in every language, however the files need each other."""

import subprocess
import sys
from pathlib import Path

import pytest

CHECK = Path(__file__).parent.parent / "circles.py"
PACKAGE = "bindings-python/python/shop"
PLANTED = {
    "Rust, by a name that the root passes on": {
        "shop/Cargo.toml": "",
        "shop/src/lib.rs": "mod till;\nmod price;\npub use till::Till;\n",
        "shop/src/till.rs": "use crate::price::{self, Price};\npub struct Till(Price);\n",
        "shop/src/price.rs": "pub struct Price;\nimpl Price {\n    fn of(till: &crate::Till) {}\n}\n",
    },
    "Rust, a parent and its child": {
        "shop/Cargo.toml": "",
        "shop/src/lib.rs": "mod till;\n",
        "shop/src/till.rs": "mod coin;\npub struct Till;\nfn open() { coin::take() }\n",
        "shop/src/till/coin.rs": "use super::Till;\npub(super) fn take() {}\n",
    },
    "Python, within a function": {
        f"{PACKAGE}/__init__.py": "",
        f"{PACKAGE}/till.py": "from . import price\n",
        f"{PACKAGE}/price.py": "def of():\n    from shop.till import Till\n",
    },
    "Python, for types, by a stub": {
        f"{PACKAGE}/__init__.py": "",
        f"{PACKAGE}/till.py": "TYPE_CHECKING = False\nif TYPE_CHECKING:\n    from .price import Price\n",
        f"{PACKAGE}/price.pyi": "from .till import Till\n",
    },
    "TypeScript, for types": {
        "lib/till.ts": "import type {\n  Price,\n} from './price.js'\n",
        "lib/price.ts": "export { type Till } from './till.js'\n",
    },
    "JavaScript, within a function": {
        "lib/till.mjs": "import './price.mjs'\n",
        "lib/price.mjs": "export const of = async () => await import('./till.mjs')\n",
    },
}
SOUND = {
    "shop/Cargo.toml": "",
    "shop/src/lib.rs": "//! [`crate::till::Till`]\nmod price;\nmod till;\npub use price::Price;\npub use till::Till;\n",
    "shop/src/till.rs": "use crate::Price;\npub struct Till(Price);\nmod tests {\n    use super::Till;\n}\n",
    "shop/src/price.rs": "//! Of a [`Till`](crate::till::Till).\nmod tax;\npub use tax::Tax;\npub struct Price;\n",
    "shop/src/price/tax.rs": "use super::Price;\npub struct Tax(Price);\n",
    f"{PACKAGE}/__init__.py": "from .price import Price\nfrom .till import Till\n",
    f"{PACKAGE}/till.py": "from .price import Price\n",
    f"{PACKAGE}/price.py": "import json\n",
    "lib/till.ts": "import type { Price } from './price.js'\n",
    "lib/price.ts": "// import './till.js'\nimport 'till'\n",
}


def check(folder: Path, files: dict[str, str]) -> "subprocess.CompletedProcess[str]":
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return subprocess.run(
        [sys.executable, CHECK, folder], capture_output=True, encoding="utf-8", env={"PYTHONUTF8": "1"}
    )


@pytest.mark.parametrize("planted", PLANTED.values(), ids=PLANTED)
def test_a_circle_is_named(tmp_path: Path, planted: dict[str, str]) -> None:
    found = check(tmp_path, planted)
    assert found.returncode == 1, found.stderr
    one, other = sorted(planted)[-2:]
    assert found.stdout == f"a circle of files: {one} → {other} → {one}\n"


def test_a_list_of_modules_is_no_circle(tmp_path: Path) -> None:
    found = check(tmp_path, SOUND)
    assert (found.returncode, found.stdout) == (0, "no circle of files\n"), found.stderr
