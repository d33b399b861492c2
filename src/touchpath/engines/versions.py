"""Driver and workers must run the same code, or the bits may differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from touchpath.model.errors import Unavailable

_PACKAGES = ("pyspark", "touchpath", "numpy", "numba")


def version_reader() -> Callable[[], dict[str, str]]:
    """A function that tells which versions run where it is called; it travels as code, since touchpath may be missing there."""
    packages = _PACKAGES

    def versions() -> dict[str, str]:
        import importlib.metadata
        import sys

        found = {"Python": f"{sys.version_info[0]}.{sys.version_info[1]}"}
        for name in packages:
            try:
                found[name] = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                module = sys.modules.get(name)
                found[name] = getattr(module, "__version__", "none")
        return found

    return versions


def differ(driver: Mapping[str, str], worker: Mapping[str, str]) -> Unavailable:
    """The error that names what differs, on both sides."""
    found = [
        f"{name} is {driver[name]} here and {worker.get(name, 'none')} there"
        for name in driver
        if driver[name] != worker.get(name)
    ]
    return Unavailable(
        f"The driver and a worker run different versions: {'; '.join(found)}. Install the same on the driver and on every worker."
    )
