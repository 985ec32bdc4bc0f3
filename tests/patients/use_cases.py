"""Functions of this package with by= and at= that leave no trace of their own: they write the traces."""

from collections.abc import Callable
from typing import Any

from patients import audit

NO_TRACE: set[Callable[..., Any]] = {audit.record, audit.record_found, audit.record_list}
