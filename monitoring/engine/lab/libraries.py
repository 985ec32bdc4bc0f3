"""The libraries of the dependency group `lab`, loaded when one is first used. They are named in the laboratory only.

A clinic never installs them, and whoever collects tests or starts the product does not wait for them: scikit-learn
alone takes a second.
"""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

#: What the benchmark cannot do without. ruptures is not among them: it refuses Python 3.14.
NEEDED = ("changepoint", "river", "scipy", "sklearn")


class LabMissing(ImportError):
    """The dependency group `lab` is not installed."""


def load(name: str) -> ModuleType:
    """Return a library or a part of it.

    Args:
        name: such as "scipy.signal".

    Raises:
        LabMissing: it is not installed; the message says what to do.
    """
    check_installed(name.partition(".")[0])
    return import_module(name)


def check_installed(*names: str) -> None:
    """Refuse to begin without the libraries.

    Args:
        names: which; none named: all that the benchmark needs.

    Raises:
        LabMissing: one is not installed; the message says what to do.
    """
    missing = [name for name in names or NEEDED if not is_installed(name)]
    if missing:
        raise LabMissing(f"The benchmark needs {', '.join(missing)}: pip install -r requirements/lab.txt brings them.")


def is_installed(name: str) -> bool:
    """Say whether a library is there, without loading it."""
    return find_spec(name) is not None
