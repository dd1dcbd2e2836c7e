"""What all Python tests share: the folder of the build under test."""
import os
import pathlib

import pytest


@pytest.fixture(scope="session")
def build():
    """The build folder: where $HEADLINED_BIN is, or build/ of this tree."""
    program = pathlib.Path(os.environ.get("HEADLINED_BIN") or pathlib.Path(__file__).parents[1] / "build" / "headlined")
    assert program.exists(), f"there is no {program}: cmake --preset release && cmake --build --preset release"
    return program.resolve().parent
