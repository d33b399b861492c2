"""How the handbook is built: Sphinx, Markdown by MyST, the Furo theme."""

project = "Touchpath"
author = "The Touchpath authors"
copyright = "2026, the Touchpath authors"
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3
html_theme = "furo"
html_title = "Touchpath handbook"
html_static_path: list[str] = []
exclude_patterns = ["_build", "examples/**/*.yaml"]
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
nitpicky = False
autodoc_type_aliases = {"ArrayLike": "ArrayLike"}
# ref.python: the type `bytes` is also the name of some attributes, so a link to it is not made.
suppress_warnings = ["myst.header", "misc.highlighting_failure", "ref.python"]
