"""What PostHog's clients ask for besides sending events, answered so that they are content: no flags, no surveys, no replay."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from touchpath.services.receiving import Reply, Route
from touchpath.store.spool import Post

_LARGEST_REPLAY = 25 << 20
_COMPRESSION = ["gzip", "gzip-js", "base64"]
_ASKED = ("POST", "GET")
CONFIG_ROUTES = (
    Route("/array/{key}/config", ("GET",)),
    Route("/array/{key}/config.js", ("GET",)),
    Route("/array/{key}/{script}", ("GET",)),
    Route("/static/{script}", ("GET",)),
    Route("/static/{version}/{script}", ("GET",)),
    Route("/flags", _ASKED),
    Route("/decide", _ASKED),
    *(Route(path, ("GET",)) for path in ("/api/surveys", "/api/early_access_features", "/api/web_experiments")),
    Route("/s", _ASKED, _LARGEST_REPLAY),
)

#: Where to send to, and that nothing is to be loaded from here: what a client does by itself, it goes on doing. Nothing is said of
#: surveys, because posthog-js loads its script for them whatever is said, `false` included.
_CONFIG = {
    "supportedCompression": _COMPRESSION, "analytics": {"endpoint": "/i/v0/e/"}, "elementsChainAsString": True,
    "hasFeatureFlags": False, "autocapture_opt_out": False, "autocaptureExceptions": False, "errorTracking": {"autocaptureExceptions": False},
    "captureDeadClicks": False, "capturePerformance": False, "defaultIdentifiedOnly": True, "heatmaps": False, "sessionRecording": False,
    "productTours": False, "siteApps": [],
}  # fmt: skip
_FLAGS = {
    "flags": {}, "featureFlags": {}, "featureFlagPayloads": {}, "errorsWhileComputingFlags": False, "quotaLimited": [],
    "isAuthenticated": False, "toolbarParams": {}, "sessionRecording": False, "config": {"enable_collect_everything": True},
    "supportedCompression": _COMPRESSION,
}  # fmt: skip
#: posthog-js stops recording for a minute, and asks again then.
_NO_REPLAY = {"status": 1, "quota_limited": ["recordings"]}
_LISTS: Mapping[str, object] = {
    "/api/surveys": {"surveys": []},
    "/api/early_access_features": {"earlyAccessFeatures": []},
    "/api/web_experiments": {"experiments": []},
}
_NO_SCRIPT = "Touchpath serves no scripts of PostHog. Use the package from npm, or a bundle that loads nothing (no-external)."


def answer_config(post: Post) -> Reply | None:
    """The answer to what brings no events; None for everything else."""
    path = post.path
    if path in ("/flags", "/decide"):
        return _json(_FLAGS)
    if path == "/s":
        return _json(_NO_REPLAY)
    if path in _LISTS:
        return _json(_LISTS[path])
    if path.startswith("/array/") and path.endswith("/config"):
        return _json(_CONFIG)
    if path.startswith("/array/") and path.endswith("/config.js"):
        return _script(path.split("/")[2])
    if path.startswith(("/array/", "/static/")):
        problem = {"status": 0, "code": "missing", "message": _NO_SCRIPT, "detail": _NO_SCRIPT}
        return Reply(404, msgspec.json.encode(problem))
    return None


def _json(content: object) -> Reply:
    return Reply(200, msgspec.json.encode(content))


def _script(key: str) -> Reply:
    """The same settings as a script that sets them under the client's key."""
    name, config = (msgspec.json.encode(value).replace(b"<", b"\\u003c") for value in (key, _CONFIG))
    body = b"(function(){var all=window._POSTHOG_REMOTE_CONFIG=window._POSTHOG_REMOTE_CONFIG||{};all[%b]={config:%b,siteApps:[]}})();"
    return Reply(200, body % (name, config), "application/javascript")
