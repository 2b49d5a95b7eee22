"""Says why the native half of the package can't be loaded, and what to do."""

from __future__ import annotations

import importlib.machinery
import os
import platform
import sys
import sysconfig


def explained(error: ImportError) -> ImportError:
    """The error of ``from . import _native``, with what was looked for and what to install."""
    folder = os.path.dirname(os.path.abspath(__file__))
    wanted = [f"_native{suffix}" for suffix in importlib.machinery.EXTENSION_SUFFIXES]
    there = sorted(name for name in os.listdir(folder) if name.startswith("_native.") and not name.endswith(".pyi"))
    loadable = [name for name in wanted if name in there]
    free_threaded = bool(sysconfig.get_config_var("Py_GIL_DISABLED"))
    kind = "free-threaded, " if free_threaded else ""
    lines = [
        f"paywelcome has no native module that loads on {sysconfig.get_platform()}, {sys.implementation.name} "
        f"{platform.python_version()} ({kind}{_library()}).",
        f"Looked in {folder} for {', '.join(wanted)}; there is {', '.join(there) or 'none'}.",
    ]
    again = "python -m pip install --force-reinstall --no-cache-dir paywelcome"
    if loadable:
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


def _library() -> str:
    """The C library: a wheel for manylinux needs glibc, one for musllinux (Alpine) musl."""
    if sys.platform != "linux":
        return "64 bit" if sys.maxsize > 2**32 else "32 bit"
    return " ".join(platform.libc_ver()).strip() or "musl or another C library"
