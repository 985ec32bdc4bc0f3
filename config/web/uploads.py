"""Where a file that someone sends is kept while the page looks at it: in memory, and only where a page asks for one."""

from typing import Any

from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import HttpRequest


class UnexpectedFile(SuspiciousOperation):
    """A file came to a page that takes none; Django answers 400."""


class ExpectedFile(MemoryFileUploadHandler):
    """Keeps a file for a view that is marked with `patients.access.requests.takes_a_file`, and refuses it for all others."""

    request: HttpRequest

    def new_file(self, *arguments: Any, **options: Any) -> None:
        """Begin a file.

        Raises:
            UnexpectedFile: the page takes none.
        """
        match = self.request.resolver_match
        if match is None or not getattr(match.func, "takes_a_file", False):
            raise UnexpectedFile("a file came to a page that takes none")
        super().new_file(*arguments, **options)
