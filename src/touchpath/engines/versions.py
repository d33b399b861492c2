"""Driver and workers must run the same code, or the bits may differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache

from touchpath.model.errors import Unavailable

_PACKAGES = ("pyspark", "touchpath", "numpy", "numba")

#: The folders of touchpath whose code makes answers.
_FOLDERS = ("engines", "model", "stats", "timelines")


def version_reader() -> Callable[[], dict[str, str]]:
    """A function that tells which versions run where it is called; it travels as code, since touchpath may be missing there.

    Beside the packages' versions it gives a fingerprint of touchpath's own code: two copies of one version may differ, as
    when somebody works on one of them.
    """
    packages, folders = _PACKAGES, _FOLDERS

    def versions() -> dict[str, str]:
        import importlib.metadata
        import importlib.util
        import pathlib
        import sys
        import zlib

        found = {"Python": f"{sys.version_info[0]}.{sys.version_info[1]}"}
        for name in packages:
            try:
                found[name] = importlib.metadata.version(name)
            except importlib.metadata.PackageNotFoundError:
                module = sys.modules.get(name)
                found[name] = getattr(module, "__version__", "none")
        spec = importlib.util.find_spec("touchpath")
        if spec is not None and spec.origin is not None:
            code = 0
            for folder in folders:
                for file in sorted((pathlib.Path(spec.origin).parent / folder).glob("*.py")):
                    code = zlib.crc32(file.read_bytes(), zlib.crc32(file.name.encode(), code))
            found["touchpath's code"] = f"{code:08x}"
        return found

    return versions


@cache
def versions_here() -> dict[str, str]:
    """What this process runs: as it was when it was first asked, since code that is changed on disk later is not loaded again."""
    return version_reader()()


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
