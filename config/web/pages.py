"""Django's templates, which let go of what a page was made from as soon as it is made.

A context of Django points at itself. Everything a page was made from, some thousand objects, would be kept until the
next search for such circles, which then halts someone's page for as long as it takes to free that of many.

This is a private door (docs/private-doors.md): what a context holds is Django's own matter.
"""

from typing import Any

from django.http import HttpRequest
from django.template.backends.django import DjangoTemplates, Template
from django.template.context import make_context
from django.utils.safestring import SafeString


class Pages(DjangoTemplates):
    """The templates of the project and of its packages."""

    def from_string(self, template_code: str) -> Template:
        """Return a template from its text."""
        return _LettingGo(super().from_string(template_code).template, self)

    def get_template(self, template_name: str) -> Template:
        """Return a template by its name; raises TemplateDoesNotExist."""
        return _LettingGo(super().get_template(template_name).template, self)


class _LettingGo(Template):
    """A template whose context is empty once the page is made."""

    def render(self, context: dict[str, Any] | None = None, request: HttpRequest | None = None) -> SafeString:
        """Return the page; what its parts include is found under way."""
        made_from = make_context(context, request, autoescape=self.backend.engine.autoescape)
        try:
            return self.template.render(made_from)
        finally:
            made_from.dicts.clear()
