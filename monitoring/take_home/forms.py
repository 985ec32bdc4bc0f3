"""What the browser may send about the files a patient takes home. Shapes only."""

from django import forms

from monitoring.take_home.files import FileKind


class DownloadForm(forms.Form):
    """In which form someone wants the own data."""

    form = forms.ChoiceField(choices=[(kind.value, kind.value) for kind in FileKind])

    @property
    def kind(self) -> FileKind:
        """Return the kind of file of a valid form."""
        return FileKind(self.cleaned_data["form"])
