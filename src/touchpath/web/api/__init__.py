"""The JSON API: parse, ask the platform, show."""

from touchpath.web.api.routes import router

__all__ = ["router"]
