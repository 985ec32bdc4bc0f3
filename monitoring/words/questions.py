"""The wording of the five core ratings: our own words, both ends and the steps between. Locked by a hash in tests.

Reading age 9 to 11; "the last 7 days" throughout; natural direction, so pain reads the other way. A question in the
patient's own words has words at both ends and none between.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from monitoring.engine.records import Domain

Text = str | Promise


@dataclass(frozen=True)
class Question:
    """One rating of 0 to 10 as the patient meets it.

    Attributes:
        title: the question.
        hint: one line of help.
        low, high: words at 0 and 10.
        late_title: the question of a week that is over; names its last day.
        words: lowest number of a stretch -> words for the numbers from there on.
    """

    title: Text
    hint: Text
    low: Text
    high: Text
    words: Mapping[int, Text]
    late_title: Text = ""

    def about_week_up_to(self, day: date) -> "Question":
        """Return the question of a week that is over; an own question keeps its words."""
        named = {"day": date_format(day, "l j F")}
        if self.late_title:
            return replace(self, title=str(self.late_title) % named)
        return replace(self, hint=str(_OWN_LATE) % named)

    def words_for(self, value: int) -> Text:
        """Return the words for a number; empty where there are none."""
        reached = [start for start in self.words if start <= value]
        return self.words[max(reached)] if reached else ""


_WHOLE_WEEK = _("Think of the week as a whole. There is no right answer.")
_OWN_LATE = _("Your own question. Think of the 7 days up to %(day)s as a whole.")

QUESTIONS: Mapping[Domain, Question] = {
    Domain.SLEEP: Question(
        _("In the last 7 days, how well have you slept?"),
        _WHOLE_WEEK,
        _("I hardly slept"),
        _("As well as I could wish"),
        {
            0: _("Hardly slept"),
            1: _("Very poor on most nights"),
            3: _("Poor on most nights"),
            5: _("About half the nights"),
            7: _("Good on most nights"),
            9: _("Good every night"),
            10: _("As well as I could wish"),
        },
        _("In the 7 days up to %(day)s, how well did you sleep?"),
    ),
    Domain.MOOD: Question(
        _("In the last 7 days, how has your mood been?"),
        _WHOLE_WEEK,
        _("Very low"),
        _("Very good"),
        {
            0: _("Very low"),
            1: _("Low nearly all the time"),
            3: _("Low on most days"),
            5: _("Up and down, or in between"),
            7: _("Good on most days"),
            9: _("Good nearly all the time"),
            10: _("Very good"),
        },
        _("In the 7 days up to %(day)s, how was your mood?"),
    ),
    Domain.ENERGY: Question(
        _("In the last 7 days, how much energy did you have?"),
        _WHOLE_WEEK,
        _("None"),
        _("Full of energy"),
        {
            0: _("No energy"),
            1: _("Very little"),
            3: _("Little on most days"),
            5: _("Some, not enough for everything"),
            7: _("Enough on most days"),
            9: _("Plenty"),
            10: _("Full of energy"),
        },
        _("In the 7 days up to %(day)s, how much energy did you have?"),
    ),
    Domain.PAIN: Question(
        _("In the last 7 days, how strong was your pain?"),
        _("Think of the week as a whole. Here a lower number is better."),
        _("No pain"),
        _("Worst pain I can imagine"),
        {
            0: _("No pain"),
            1: _("Mild: I could mostly forget it"),
            4: _("Moderate: it was hard to ignore"),
            7: _("Severe: it ruled the day"),
            10: _("Worst pain I can imagine"),
        },
        _("In the 7 days up to %(day)s, how strong was your pain?"),
    ),
    Domain.FUNCTION: Question(
        _("In the last 7 days, how much could you do of what you needed to do?"),
        _("At home, at work, with people. Think of the week as a whole."),
        _("Almost nothing"),
        _("All I needed to"),
        {
            0: _("Almost nothing"),
            1: _("Very little"),
            3: _("Less than half"),
            5: _("About half"),
            7: _("Most of it"),
            9: _("Nearly all"),
            10: _("All I needed to"),
        },
        _("In the 7 days up to %(day)s, how much could you do of what you needed to do?"),
    ),
}


def own_question(*, wording: str, low: str, high: str) -> Question:
    """Return the patient's own question as a page shows it."""
    return Question(
        title=wording, hint=_("Your own question. Think of the last 7 days as a whole."), low=low, high=high, words={}
    )
