"""What pages load besides HTML: a handful of files with their hash in the name, held in memory, compressed once."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import Response

STATIC = Path(__file__).parent / "static"
FOREVER = "public, max-age=31536000, immutable"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
router = APIRouter(prefix="/assets", include_in_schema=False)


@dataclass(frozen=True, slots=True)
class Asset:
    """One file: its hashed name, its bytes, and the same compressed (None where that gains nothing)."""

    name: str
    type: str
    plain: bytes
    zipped: bytes | None


@cache
def assets() -> dict[str, Asset]:
    """All assets by the name that templates use, as in "touchpath.css"."""
    manifest = json.loads((STATIC / "manifest.json").read_text("utf-8"))
    return {name: _read(hashed) for name, hashed in manifest.items()}


def _read(hashed: str) -> Asset:
    path = STATIC / hashed
    plain = path.read_bytes()
    zipped = None if path.suffix == ".woff2" else gzip.compress(plain, 9, mtime=0)
    return Asset(hashed, TYPES[path.suffix], plain, zipped)


def asset_path(name: str) -> str:
    """The address of an asset, good for ever."""
    return f"/assets/{assets()[name].name}"


@cache
def _by_hashed_name() -> dict[str, Asset]:
    return {asset.name: asset for asset in assets().values()}


@router.get("/{name}")
async def read_asset(name: str, request: Request) -> Response:
    """One asset; the name holds the hash of the bytes, so it may be kept for ever."""
    asset = _by_hashed_name().get(name)
    if asset is None:
        raise HTTPException(404)
    headers = {"Cache-Control": FOREVER}
    if asset.zipped is None:
        return Response(asset.plain, headers=headers, media_type=asset.type)
    headers["Vary"] = "Accept-Encoding"
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Response(asset.zipped, headers=headers | {"Content-Encoding": "gzip"}, media_type=asset.type)
    return Response(asset.plain, headers=headers, media_type=asset.type)
