"""What the browser may send about stops, uptake, expectations, context and the clinic's interaction list."""

import csv
import io
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.care.interactions import Pair
from patients.forms import DatedForm, PastDateField
from patients.models.context import ContextKind
from patients.models.exposure import Homework, Kept, Measure

# A day further away than this is a slip of the year.
LONGEST_WAIT = timedelta(days=2 * 365)
# From one end of a scale to the other: a rating has ten points, each questionnaire its own. A test compares the engine's.
RATING_POINTS = 10
SCALE_POINTS = {Measure.PHQ_9: 27, Measure.GAD_7: 21, Measure.PEG: 10, Measure.PHQ_15: 30}
MOST_PAIRS = 500
LARGEST_FILE = 200_000
COLUMNS = ("first", "second", "note", "source")
# One button each, so that a session takes two clicks: value -> how it went, what became of the homework.
OUTCOMES: dict[str, tuple[Kept, Homework | None]] = {
    "kept-done": (Kept.KEPT, Homework.DONE),
    "kept-partly": (Kept.KEPT, Homework.PARTLY),
    "kept-not_done": (Kept.KEPT, Homework.NOT_DONE),
    "kept": (Kept.KEPT, None),
    "partly": (Kept.PARTLY, None),
    "missed": (Kept.MISSED, None),
}


class SessionForm(DatedForm):
    """One occasion: the day, and the button that says how it went."""

    on = PastDateField(label=gettext_lazy("Day"))
    outcome = forms.ChoiceField(choices=[(value, value) for value in OUTCOMES], widget=forms.HiddenInput)

    @property
    def kept(self) -> Kept:
        """Return how it went, of a valid form."""
        return OUTCOMES[self.cleaned_data["outcome"]][0]

    @property
    def homework(self) -> Homework | None:
        """Return what became of the homework, of a valid form."""
        return OUTCOMES[self.cleaned_data["outcome"]][1]


class ExpectationForm(forms.Form):
    """What should get better, by how much, by when."""

    measure = forms.ChoiceField(label=gettext_lazy("What should get better"), choices=Measure.choices)
    points = forms.DecimalField(
        label=gettext_lazy("By how many points"),
        min_value=Decimal("0.5"),
        max_value=Decimal(max(SCALE_POINTS.values())),
        max_digits=4,
        decimal_places=1,
        help_text=gettext_lazy("Points of improvement, whichever direction is better on the scale. For example 2."),
    )
    by_on = forms.DateField(
        label=gettext_lazy("By when"),
        # An empty day looks filled on some phones: what is missing is said in words.
        error_messages={"required": gettext_lazy("Choose a day within the next two years.")},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Tell the form what today is."""
        super().__init__(*args, **kwargs)
        self.today = today

    def clean(self) -> dict[str, Any]:
        """Refuse more points than the scale has: that can never be met."""
        cleaned = super().clean() or {}
        points, measure = cleaned.get("points"), cleaned.get("measure")
        most = SCALE_POINTS.get(Measure(measure), RATING_POINTS) if measure else None
        if points is not None and most is not None and points > most:
            self.add_error("points", _("This scale has %(points)d points. Enter fewer.") % {"points": most})
        return cleaned

    def clean_by_on(self) -> date:
        """Refuse a day that is over, and one that no one waits for."""
        day: date = self.cleaned_data["by_on"]
        if day <= self.today:
            raise forms.ValidationError(_("Choose a day after today."))
        if day > self.today + LONGEST_WAIT:
            raise forms.ValidationError(_("This is more than two years away. Choose an earlier day."))
        return day


class StopForm(DatedForm):
    """The stop of something that was tried."""

    stopped_on = PastDateField(label=gettext_lazy("Stopped on"))
    reason = forms.CharField(
        max_length=200,
        label=gettext_lazy("Why"),
        help_text=gettext_lazy("For example: it helped and is no longer needed; it made the patient too tired."),
    )


class ContextForm(DatedForm):
    """One fact from a day on."""

    kind = forms.ChoiceField(label=gettext_lazy("Topic"), choices=ContextKind.choices)
    text = forms.CharField(
        max_length=300,
        label=gettext_lazy("What is known"),
        help_text=gettext_lazy("For example: night shifts since spring; third trimester; CBT in 2021 helped."),
    )
    from_on = PastDateField(label=gettext_lazy("Since"))

    @property
    def kind_given(self) -> ContextKind:
        """Return what a valid form is about."""
        return ContextKind(self.cleaned_data["kind"])


class PairForm(forms.Form):
    """Two things, what to know when both are active, and the source."""

    first = forms.CharField(max_length=120, label=gettext_lazy("First treatment"))
    second = forms.CharField(max_length=120, label=gettext_lazy("Second treatment"))
    note = forms.CharField(max_length=300, label=gettext_lazy("What to know"))
    source = forms.CharField(max_length=200, label=gettext_lazy("Source"))

    @property
    def pairs(self) -> list[Pair]:
        """Return the pair of a valid form."""
        return [Pair(**self.cleaned_data)]


class PairFileForm(forms.Form):
    """A CSV file with the columns first, second, note, source."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        help_text=gettext_lazy("UTF-8, with a first line: first,second,note,source. At most 500 pairs."),
    )

    def clean_file(self) -> list[Pair]:
        """Return the pairs of the file; the first line that is wrong is named by its number."""
        upload: UploadedFile = self.cleaned_data["file"]
        if (upload.size or 0) > LARGEST_FILE:
            raise forms.ValidationError(_("The file is too large."))
        try:
            lines = csv.DictReader(io.StringIO(upload.read().decode("utf-8-sig")), strict=True)
            rows = list(lines)
        except (UnicodeDecodeError, csv.Error) as problem:
            raise forms.ValidationError(_("This is not a CSV file in UTF-8.")) from problem
        if tuple(lines.fieldnames or ()) != COLUMNS:
            raise forms.ValidationError(_("The first line must be: first,second,note,source."))
        if not 0 < len(rows) <= MOST_PAIRS:
            raise forms.ValidationError(_("The file must hold 1 to 500 pairs."))
        return [self._pair(number, row) for number, row in enumerate(rows, start=2)]

    def _pair(self, number: int, row: dict[str, str]) -> Pair:
        """Return the pair of one line, checked like the form of one pair."""
        form = PairForm(row)
        if None in row or not form.is_valid():
            raise forms.ValidationError(_("Line %(number)d is not complete or too long.") % {"number": number})
        return form.pairs[0]

    @property
    def pairs(self) -> list[Pair]:
        """Return the pairs of a valid form."""
        pairs: list[Pair] = self.cleaned_data["file"]
        return pairs
