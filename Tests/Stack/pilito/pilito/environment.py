"""Settings from the environment, in which NAME_FILE names a file that holds NAME: a Docker secret."""

import os
from pathlib import Path


def variable(name, default=None):
    if file := os.environ.get(f"{name}_FILE"):
        return Path(file).read_text().strip()
    return os.environ.get(name, default)
