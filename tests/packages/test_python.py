"""The Python package as users get it: the wheel by pip and uv, the source distribution by pip, and a load that fails.

Run by `make test-packages`, which builds the wheel.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tarfile
import venv
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
INSTALLED = ROOT / "tests/python/programs/installed.py"
BUILD = ROOT / ".build"
AGES = 600


def run(*command: object, cwd: Path, check: bool = True, **more: str) -> subprocess.CompletedProcess[str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "CARGO_HOME", "RUSTUP_HOME") if name in os.environ}
    plain = {**kept, "PYTHONUTF8": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1", **more}
    ended = subprocess.run([*map(str, command)], cwd=cwd, env=plain, capture_output=True, text=True, timeout=AGES)
    assert not check or ended.returncode == 0, ended.stdout + ended.stderr
    return ended


def fresh(home: Path) -> Path:
    venv.create(home, with_pip=True, symlinks=sys.platform != "win32")
    return home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def cancels(python: Path, cwd: Path, **more: str) -> dict[str, object]:
    said: dict[str, object] = json.loads(run(python, INSTALLED, cwd=cwd, **more).stdout)
    assert (said["executions"], said["declined"]) == (21, "declined")
    return said


@pytest.fixture(scope="module")
def wheel() -> Path:
    found = os.environ.get("PAYWELCOME_WHEEL") or next(BUILD.glob("wheel/*.whl"), None)
    assert found, "build a wheel first: make build"
    return Path(found).absolute()


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "maturin", "sdist", "--out", folder, cwd=ROOT)
    (made,) = folder.glob("*.tar.gz")
    return made


def test_pip_installs_the_wheel(wheel: Path, tmp_path: Path) -> None:
    python = fresh(tmp_path / "fresh")
    run(python, "-m", "pip", "install", "--no-index", wheel, cwd=tmp_path)
    assert Path(str(cancels(python, tmp_path)["file"])).is_relative_to(tmp_path)
    package = Path(str(cancels(python, tmp_path)["file"])).parent
    size = sum(path.stat().st_size for path in package.rglob("*") if path.is_file())
    assert wheel.stat().st_size <= 3_200_000, wheel.stat().st_size
    assert size <= 7_500_000, size


def test_uv_installs_the_wheel(wheel: Path, tmp_path: Path) -> None:
    uv = shutil.which("uv", path=os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")]))
    assert uv, "uv is among tests/packages/requirements.txt"
    home = tmp_path / "fresh"
    run(uv, "venv", "--offline", "--quiet", "--python", sys.executable, home, cwd=tmp_path)
    python = home / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    cache = str(tmp_path / "cache")
    run(uv, "pip", "install", "--offline", "--no-index", "--python", python, wheel, cwd=tmp_path, UV_CACHE_DIR=cache)
    cancels(python, tmp_path)


def test_the_source_distribution_is_whole_and_small(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.split("/", 1)[1] for name in archive.getnames()}
    assert sdist.stat().st_size <= 700_000, sdist.stat().st_size
    assert {"LICENSE-MIT", "LICENSE-APACHE", "Cargo.lock", "Cargo.toml", "pyproject.toml", "README.md"} <= names
    assert not any(name.startswith(("tests/", "target/", "bindings-node/", ".")) for name in names)
    assert not any(name.endswith((".so", ".pyd", ".node", ".pyc")) for name in names)


def test_pip_builds_the_source_distribution(sdist: Path, tmp_path: Path) -> None:
    """With Rust and the crates of its lock file at hand, it needs neither an index nor anything of the clone."""
    home = tmp_path / "installed"
    # Always at one place, so that what cargo keeps of it is replaced and doesn't grow.
    source = BUILD / "sdist"
    shutil.rmtree(source, ignore_errors=True)
    shutil.unpack_archive(sdist, source)
    (source,) = source.iterdir()
    # The build tool is this environment's; without optimisation, what is tested is the same and soon there.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    offline = {"PATH": path, "CARGO_NET_OFFLINE": "true", "CARGO_TARGET_DIR": str(ROOT / "target")}
    pip = (sys.executable, "-m", "pip", "install", "--no-index", "--no-build-isolation", "--no-deps", "--target", home)
    run(*pip, source, cwd=tmp_path, **offline, MATURIN_PEP517_ARGS="--profile dev")
    said = cancels(Path(sys.executable), tmp_path, PYTHONPATH=str(home))
    assert Path(str(said["file"])).is_relative_to(home)


class TestAFailedLoad:
    """Each says where it looked, for what, and what to install."""

    @pytest.fixture
    def package(self, wheel: Path, tmp_path: Path) -> Path:
        shutil.unpack_archive(wheel, tmp_path, "zip")
        return tmp_path / "paywelcome"

    @staticmethod
    def told(package: Path, before: str = "") -> str:
        program = f"{before}\ntry:\n    import paywelcome\nexcept ImportError as error:\n    print(error.name, error)"
        text = run(
            sys.executable,
            "-I",
            "-c",
            f"import sys; sys.path.insert(0, {str(package.parent)!r})\n{program}",
            cwd=package.parent,
        )
        assert text.stdout.startswith("paywelcome._native paywelcome has no native module that loads on "), text
        version = ".".join(map(str, sys.version_info[:3]))
        assert version in text.stdout and f"Looked in {package} for _native." in text.stdout
        assert "pip install --force-reinstall" in text.stdout
        return text.stdout

    @staticmethod
    def addon(package: Path) -> Path:
        (found,) = (path for path in package.glob("_native.*") if path.suffix != ".pyi")
        return found

    def test_nothing_there(self, package: Path) -> None:
        self.addon(package).unlink()
        text = self.told(package)
        assert "there is none" in text and "not whole" in text and "Rust 1.88" in text

    def test_damaged(self, package: Path) -> None:
        self.addon(package).write_bytes(b"no module at all")
        text = self.told(package)
        assert f"{self.addon(package).name} does not load: " in text and "damaged" in text

    def test_of_another_platform(self, package: Path) -> None:
        self.addon(package).rename(package / "_native.cpython-39-riscv64-linux-gnu.so")
        text = self.told(package)
        assert "there is _native.cpython-39-riscv64-linux-gnu.so" in text and "another Python or platform" in text

    @pytest.mark.parametrize("place", ["", "lib/site-packages"])
    def test_in_an_archive(self, package: Path, place: str, tmp_path: Path) -> None:
        """Python loads no native module from one: neither from a zip app, nor from a zip or an egg on its path."""
        inside = tmp_path / "inside"
        shutil.copytree(package, inside / place / "paywelcome")
        program = f"import sys; sys.path.insert(0, sys.argv[0] + {'/' + place!r}) if {bool(place)} else None\n"
        program += "try:\n    import paywelcome\nexcept ImportError as error:\n    print(error.name, error.path, error)"
        (inside / "__main__.py").write_text(program)
        app = tmp_path / "refunds.pyz"
        run(sys.executable, "-m", "zipapp", inside, "--output", app, cwd=tmp_path)
        text = run(sys.executable, "-I", app, cwd=tmp_path).stdout
        assert text.startswith(f"paywelcome._native {app / place / 'paywelcome' / '_native'}"), text
        assert f"{app} is an archive" in text and "pip install paywelcome" in text and "shiv" in text
        assert "not whole" not in text and "damaged" not in text

    def test_frozen(self, package: Path) -> None:
        """Modules that came from no file at all."""
        finder = (
            "import importlib.abc, importlib.util, pathlib\n"
            f"root = pathlib.Path({str(package.parent)!r})\n"
            "class Frozen(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):\n"
            "    def find_spec(self, name, path, target=None):\n"
            "        if name.split('.')[0] == 'paywelcome' and not name.endswith('_native'):\n"
            "            return importlib.util.spec_from_loader(name, self, is_package=name == 'paywelcome')\n"
            "    def get_source(self, name):\n"
            "        path = root.joinpath(*name.split('.'))\n"
            "        return (path / '__init__.py' if path.is_dir() else path.with_suffix('.py')).read_text()\n"
            "sys.meta_path.insert(0, Frozen())\n"
        )
        program = f"import sys\n{finder}try:\n    import paywelcome\nexcept ImportError as error:\n    print(error)"
        text = run(sys.executable, "-I", "-c", program, cwd=package).stdout
        assert text.startswith("paywelcome has no native module that loads on "), text
        assert "was frozen" in text and "--collect-all paywelcome" in text and "not whole" not in text

    def test_a_free_threaded_python(self, package: Path) -> None:
        """It looks for no module of the stable interface."""
        disguise = (
            "import importlib.machinery as machinery, sysconfig\n"
            "sysconfig.get_config_vars()['Py_GIL_DISABLED'] = 1\n"
            "machinery.EXTENSION_SUFFIXES[:] = ['.cpython-314t-x86_64-linux-gnu.so']\n"
            "sources = (machinery.SourceFileLoader, ['.py'])\n"
            "sys.path_hooks[-1:] = [machinery.FileFinder.path_hook(sources)]\n"
            "sys.path_importer_cache.clear()"
        )
        text = self.told(package, disguise)
        assert "free-threaded" in text and "cp314t" in text
