"""What the browser may send about people: whom to invite, how one joins, who starts care. Shapes only."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from patients.accounts import claim_codes
from patients.forms import EARLIEST_BIRTH_YEAR, DatedForm, PastDateField, ZoneField
from patients.models import User
from patients.models.care import Profession
from patients.models.people import Role
from patients.people import languages, spellings

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

# No one alive was born earlier.


class LanguageForm(forms.Form):
    """One of the languages that are offered."""

    language = forms.ChoiceField(choices=settings.LANGUAGES)


def language_field(label: "StrOrPromise") -> forms.ChoiceField:
    """Return the question which language someone else reads; each language by its own name."""
    return forms.ChoiceField(choices=settings.LANGUAGES, label=label, initial=languages.present)


class StaffInvitationForm(forms.Form):
    """Whom to invite to work in the clinic, and as what."""

    name = forms.CharField(max_length=150, label=gettext_lazy("Name"))
    email = forms.EmailField(label=gettext_lazy("E-mail address"), help_text=gettext_lazy("The person's own address."))
    role = forms.ChoiceField(
        label=gettext_lazy("What may this person do?"),
        widget=forms.RadioSelect,
        choices=[
            (
                Role.CLINICIAN,
                gettext_lazy("Clinician: sees the patients of their own care teams and changes those patients' plans"),
            ),
            (Role.COORDINATOR, gettext_lazy("Coordinator: sees all patients and alerts, calls people, hands over")),
            (Role.ADMIN, gettext_lazy("Clinic admin: sets up people, hours and numbers; sees no health data")),
        ],
    )
    profession = forms.ChoiceField(
        label=gettext_lazy("Profession"),
        required=False,
        choices=[("", gettext_lazy("Not stated")), *Profession.choices],
    )
    language = language_field(gettext_lazy("Language of the message"))

    @property
    def role_given(self) -> Role:
        """Return the role of a valid form."""
        return Role(self.cleaned_data["role"])

    @property
    def title(self) -> str:
        """Return the profession in words: in English, so that it is known again and can be shown in any language."""
        chosen = self.cleaned_data["profession"]
        with translation.override("en"):
            return str(Profession(chosen).label) if chosen else ""


class PatientInvitationForm(forms.Form):
    """The address of a patient who is to get an account."""

    email = forms.EmailField(label=gettext_lazy("The patient's own e-mail address"))
    language = language_field(gettext_lazy("The patient's language"))


class JoinForm(forms.Form):
    """How an invited person opens the account: a password for staff, an agreement for patients."""

    name = forms.CharField(
        max_length=150, label=gettext_lazy("Your name"), widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        help_text=gettext_lazy("12 characters or more. A few words in a row are good."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        strip=False,
    )
    code = forms.CharField(
        max_length=40,
        label=gettext_lazy("Code from your clinic"),
        help_text=gettext_lazy(
            "Eight digits. Your care team gives it to you in person, by telephone or on paper. The code is in no "
            "message; if you have none, ask your care team."
        ),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off", "class": "code-field"}),
    )
    check_ins = forms.BooleanField(label=gettext_lazy("I agree that my team uses my check-ins in my care."))
    reminders = forms.BooleanField(
        required=False, label=gettext_lazy("Send me an e-mail when a check-in is due. It names no details.")
    )

    def __init__(
        self, *args: Any, email: str, is_patient: bool, is_known: bool, needs_password: bool, **kwargs: Any
    ) -> None:
        """Ask only for what is needed: a known account keeps its name and password."""
        super().__init__(*args, **kwargs)
        self.email = email
        for name in () if needs_password else ("password",):
            del self.fields[name]
        for name in () if is_patient else ("code", "check_ins", "reminders"):
            del self.fields[name]
        if is_known:
            del self.fields["name"]
        if is_patient:
            self.fields["check_ins"].error_messages["required"] = _("Without this tick no account can be opened.")

    def clean_code(self) -> str:
        """Refuse what cannot be a code: a slip of the finger is not counted as a wrong one."""
        code: str = claim_codes.typed(self.cleaned_data["code"])
        if not code:
            raise forms.ValidationError(_("The code has eight digits, for example 1234 5678."))
        return code

    def clean_password(self) -> str:
        """Refuse a password that is short, common, or like the name."""
        password: str = self.cleaned_data["password"]
        validate_password(password, User(email=self.email, name=self.cleaned_data.get("name", "")))
        return password


class NewPatientForm(DatedForm):
    """A patient who starts care."""

    name = forms.CharField(max_length=150, label=gettext_lazy("Name"))
    birth_date = PastDateField(required=False, earliest_year=EARLIEST_BIRTH_YEAR, label=gettext_lazy("Date of birth"))
    external_id = forms.CharField(
        required=False,
        max_length=64,
        label=gettext_lazy("Clinic number"),
        help_text=gettext_lazy("The clinic's own number of this person. It tells people of the same name apart."),
    )
    language = language_field(gettext_lazy("The patient's language"))
    time_zone = ZoneField(label=gettext_lazy("Where the patient lives (time zone)"))
    problems = forms.CharField(
        required=False,
        max_length=200,
        label=gettext_lazy("In treatment for"),
        help_text=gettext_lazy("For example: low mood, back pain, poor sleep."),
    )
    goal = forms.CharField(
        required=False,
        max_length=500,
        label=gettext_lazy("Goal, in the patient's own words"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    started_on = PastDateField(label=gettext_lazy("Start of care"))
    email = forms.EmailField(
        required=False,
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("An invitation goes there. Without an address the patient has no account yet."),
    )

    def clean_name(self) -> str:
        """Return the name with one space between its words."""
        return " ".join(str(self.cleaned_data["name"]).split())

    def clean_external_id(self) -> str:
        """Return the number in one spelling, as an import would bring it."""
        return spellings.number_in_one_spelling(self.cleaned_data["external_id"])
