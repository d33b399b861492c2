"""What every test shares: how Hypothesis runs."""

from __future__ import annotations

import pytest
from hypothesis import settings

# Kernels compile on first use, so the first example of a property may take a second.
settings.register_profile("touchpath", deadline=None)
settings.load_profile("touchpath")


@pytest.fixture(autouse=True, scope="session")
def _key_of_the_tests(tmp_path_factory):
    """No test makes a key in anybody's own configuration folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))
        yield


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory):
    """A folder with the workspace "company": 1,500 simulated people, whose truths are planted. Read it, never change it."""
    from touchpath.bootstrap import prepare_demo

    folder = tmp_path_factory.mktemp("demo")
    prepare_demo("company", folder / "company", 1500, 7, lambda step: None)
    return folder


@pytest.fixture(scope="session")
def company(demo_folder):
    """The open workspace of simulated people."""
    from touchpath.bootstrap import open_workspace

    workspace = open_workspace(demo_folder / "company")
    yield workspace
    workspace.close()
