"""What only root can try."""

import os

import pytest

needs_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
