"""A page as a PDF, printed by a Chromium that is on this machine: charts and type come out as browsers show them.

The page is one file without scripts; the browser gets a folder of its own, reaches no network, and is ended when it takes too long.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

from touchpath.model.errors import Missing, Unavailable

#: What Chromium and its kin are called on Linux, macOS and Windows.
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge", "microsoft-edge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
_SECONDS = 90.0
_FLAGS = (
    "--headless=new", "--disable-gpu", "--no-first-run", "--no-default-browser-check", "--disable-extensions", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--hide-scrollbars",
    "--host-resolver-rules=MAP * ~NOTFOUND", "--no-pdf-header-footer", "--force-color-profile=srgb",
)  # fmt: skip


def find_browser(named: str = "") -> Path:
    """The browser that makes PDFs: the one named, else the first that is found; raises Missing for a name that is no program, Unavailable
    with what would do where none is found."""
    if named:
        found = shutil.which(named)
        if found is None:
            raise Missing(f"There is no program '{named}'. TOUCHPATH_BROWSER names a Chromium or Chrome.")
        return Path(found)
    for name in (*NAMES, *PLACES):
        if (found := shutil.which(name)) is not None:
            return Path(found)
    raise Unavailable(
        "No browser was found that could make a PDF. Install Chromium (on Debian: apt install chromium), or name a Chromium or Chrome by "
        "TOUCHPATH_BROWSER; or open the board and print it there."
    )


def print_pdf(html: str, browser: Path, seconds: float = _SECONDS) -> bytes:
    """The page as a PDF; raises Unavailable when the browser fails or takes longer than `seconds`."""
    with tempfile.TemporaryDirectory(prefix="touchpath-pdf-", ignore_cleanup_errors=True) as folder:
        page, out = Path(folder, "page.html"), Path(folder, "page.pdf")
        page.write_text(html, "utf-8")
        flags = [*_FLAGS, f"--user-data-dir={folder}/profile", f"--print-to-pdf={out}"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            flags.append("--no-sandbox")  # Chromium refuses to start as root with it; the page is ours and holds no script
        said = _run([str(browser), *flags, page.as_uri()], folder, seconds)
        if not out.is_file() or not (made := out.read_bytes()).startswith(b"%PDF-"):
            raise Unavailable(f"{browser} made no PDF: {said[-300:] or 'it said nothing'}")
        return made


def _run(command: list[str], folder: str, seconds: float) -> str:
    """What a program said on standard error; whatever it started ends with it."""
    environment = {"PATH": os.environ.get("PATH", ""), "HOME": folder, "TMPDIR": folder}
    words = Path(folder, "said")  # a file, as helpers of a browser may hold a pipe open after it has ended
    with (
        words.open("wb") as said,
        subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=said, cwd=folder, env=environment, start_new_session=True
        ) as process,
    ):  # fmt: skip
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Unavailable(f"{command[0]} took longer than {seconds:g} seconds to make a PDF, and was stopped.") from None
        finally:
            with suppress(OSError):
                os.killpg(process.pid, signal.SIGKILL)
    return " ".join(words.read_bytes().decode("utf-8", "replace").split())
