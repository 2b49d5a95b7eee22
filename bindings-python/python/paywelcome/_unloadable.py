"""Says why the native half of the package can't be loaded, and what to do."""

from __future__ import annotations

import importlib.machinery
import os
import platform
import sys
import sysconfig


def explained(error: ImportError) -> ImportError:
    """The error of ``from . import _native``, with what was looked for and what to install."""
    # A program that was frozen may know of no file.
    file: str | None = globals().get("__file__")
    folder = os.path.dirname(os.path.abspath(file)) if file else "(no folder)"
    wanted = [f"_native{suffix}" for suffix in importlib.machinery.EXTENSION_SUFFIXES]
    files = os.listdir(folder) if os.path.isdir(folder) else []
    there = sorted(name for name in files if name.startswith("_native.") and not name.endswith(".pyi"))
    loadable = [name for name in wanted if name in there]
    free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    kind = "free-threaded, " if free_threaded else ""
    lines = [
        f"paywelcome has no native module that loads on {sysconfig.get_platform()}, {sys.implementation.name} "
        f"{platform.python_version()} ({kind}{_library()}).",
        f"Looked in {folder} for {', '.join(wanted)}; there is {', '.join(there) or 'none'}.",
    ]
    again = "python -m pip install --force-reinstall --no-cache-dir paywelcome"
    archive = _archive(folder)
    if archive:
        lines += [
            f"{archive} is an archive (a zip app, an egg, a zip on sys.path): Python loads no native module from one.",
            "Leave paywelcome out of it, and install it for the Python that runs it: python -m pip install paywelcome",
            "Or pack the program with a tool that unpacks itself when it starts, such as shiv or pex.",
        ]
    elif not files:
        lines += [
            "The program was frozen without the package's native module. Have the tool put the package in as files:",
            "PyInstaller --collect-all paywelcome, cx_Freeze zip_exclude_packages, Nuitka --include-package.",
        ]
    elif loadable:
        lines += [
            f"{loadable[0]} does not load: {error}",
            "Unless that says otherwise, it is damaged, or made for another platform or C library than this one.",
            f"With this very Python, here: {again}",
        ]
    elif there:
        lines += [
            "What is installed is for another Python or platform: it was copied, or installed with --platform.",
            f"With this very Python, here: {again}",
        ]
        if free_threaded:
            lines.append("A free-threaded Python needs a wheel of its own (cp314t), and can't load one for abi3.")
    else:
        lines += [
            f"The package is not whole. With this very Python, here: {again}",
            "Where no wheel fits the platform, pip builds one from the sources: that needs Rust 1.88 or later.",
        ]
    return ImportError("\n".join(lines), name="paywelcome._native", path=os.path.join(folder, (loadable or wanted)[0]))


def _archive(folder: str) -> str | None:
    """The file that a folder would have to be in, if there is one."""
    while not os.path.exists(folder):
        folder, name = os.path.split(folder)
        if not name:
            return None
    return folder if os.path.isfile(folder) else None


def _library() -> str:
    """The C library: a wheel for manylinux needs glibc, one for musllinux (Alpine) musl."""
    if sys.platform != "linux":
        return "64 bit" if sys.maxsize > 2**32 else "32 bit"
    return " ".join(platform.libc_ver()).strip() or "musl or another C library"
