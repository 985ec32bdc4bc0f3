"""Series from elsewhere: read and check a file, say what it would change, and take it in; all of it or nothing."""

from monitoring.exchange.files import FileRefused, Problem, SeriesFile, read_series
from monitoring.exchange.imports import Import, check_series, import_series
from monitoring.exchange.mappings import (
    DeclaredIntervention,
    Mapping,
    MappingRefused,
    instrument_from_text,
    read_mapping,
)

__all__ = [
    "DeclaredIntervention",
    "FileRefused",
    "Import",
    "Mapping",
    "MappingRefused",
    "Problem",
    "SeriesFile",
    "check_series",
    "import_series",
    "instrument_from_text",
    "read_mapping",
    "read_series",
]
