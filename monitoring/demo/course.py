"""From a story to answers: whole numbers 0 to 10 and questionnaire items, the same ones for the same seed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from random import Random
from uuid import UUID

from monitoring.check_ins.answers import CheckInAnswers
from monitoring.check_ins.contents import SHORT_FORM
from monitoring.demo.stories import Ratings, Story, StoryExtras
from monitoring.engine.records import Domain
from monitoring.models.check_ins import DosesTaken
from monitoring.plans import medicines
from monitoring.plans.medicines import ABSENT, PARTS, Intake, MedicineAnswers
from patients.models import Intervention
from patients.models.care import InterventionKind

SEED = 20
DOMAINS = tuple(Domain)
# Points of a 0 to 10 rating; a quieter world than the benchmark's, so that the written story is what one sees.
DRIFT_SD, DRIFT_KEPT = 0.35, 0.8
COMMON_SD, OWN_SD = 0.45, 0.6
ITEM_SD = 0.3
NOTE_CHANCE = 0.07
# Item -> rating it follows. Item 9 (self-harm) follows none: it is only ever written into a story.
PHQ_FOLLOWS = {
    "1": Domain.FUNCTION,
    "2": Domain.MOOD,
    "3": Domain.SLEEP,
    "4": Domain.ENERGY,
    "5": Domain.MOOD,
    "6": Domain.MOOD,
    "7": Domain.ENERGY,
    "8": Domain.FUNCTION,
}
GAD_FOLLOWS = {
    "1": Domain.MOOD,
    "2": Domain.MOOD,
    "3": Domain.SLEEP,
    "4": Domain.SLEEP,
    "5": Domain.ENERGY,
    "6": Domain.MOOD,
    "7": Domain.FUNCTION,
}
NOTES = (
    "Long week at work, but manageable.",
    "Visitors at the weekend. Nice, and tiring.",
    "Rain all week, did not get out much.",
    "Walked to the market twice.",
    "Forgot my tablets on Sunday, took them again on Monday.",
    "Bad night on Thursday, fine otherwise.",
    "Saw my sister. We laughed a lot.",
    "Night shifts this week.",
    "Had a cold.",
    "Cooked properly for the first time in a while.",
    "The exercises are boring but I do them.",
    "Argument with my landlord, now sorted.",
)


@dataclass
class StoryAnswers:
    """One person's answers, week by week from the first; must be asked in that order."""

    story: Story
    random: Random
    drift: list[float]

    @classmethod
    def of(cls, story: Story) -> "StoryAnswers":
        """Return the course of a story; the seed and the person decide every number."""
        return cls(story, Random(f"{SEED} {story.key}"), [0.0] * len(DOMAINS))  # noqa: S311  # not a secret

    def answers(
        self,
        week: int,
        codes: list[str],
        *,
        tried: Mapping[str, Intervention] | None = None,
        on: date = date.min,
        own_item: UUID | None = None,
    ) -> CheckInAnswers | None:
        """Return what is answered in a week, None where nothing is.

        Args:
            week: 0 is the newest.
            codes: of the questionnaires that are asked.
            tried: name -> everything that is and was tried; nothing is asked about it without.
            on: the day of the answer.
            own_item: the own question that is asked.
        """
        lasting = self._lasting(week)
        ratings = self._felt(lasting)
        is_skipped = self.random.random() < self.story.skips
        note = self.random.choice(NOTES) if self.random.random() < NOTE_CHANCE else ""
        extras = self.story.extras.get(week)
        if week in self.story.silent or (is_skipped and extras is None):
            return None
        extras = extras or StoryExtras(note=note)
        if extras.ratings is not None:
            ratings = dict(zip(DOMAINS, extras.ratings, strict=True))
            lasting = {domain: float(value) for domain, value in zip(DOMAINS, extras.ratings, strict=True)}
        if extras.is_short:
            return CheckInAnswers(
                ratings={domain: ratings[domain] for domain in SHORT_FORM}, note=extras.note, is_short=True
            )
        own = (
            round(min(max(lasting[self.story.own_follows], 0), 10)) if extras.own_rating is None else extras.own_rating
        )
        return CheckInAnswers(
            ratings=ratings,
            own_item=own_item,
            own_rating=own if own_item else None,
            medicines=medicine_answers(extras, tried or {}, on),
            items={code: self._items(code, lasting, extras) for code in codes},
            note=extras.note,
            note_is_shared=extras.is_shared,
            contact_wish=extras.wish,
        )

    def _lasting(self, week: int) -> dict[Domain, float]:
        """Return the level of a week with the person's slow wandering: what two weeks have been like."""
        level = level_at(self.story, self.story.answered_weeks_ago(week))
        for column in range(len(DOMAINS)):
            shock = self.random.gauss(0, DRIFT_SD * (1 - DRIFT_KEPT**2) ** 0.5)
            self.drift[column] = DRIFT_KEPT * self.drift[column] + shock
        return {domain: value + drift for domain, value, drift in zip(DOMAINS, level, self.drift, strict=True)}

    def _felt(self, lasting: Mapping[Domain, float]) -> dict[Domain, int | None]:
        """Return the ratings of a day as whole numbers: the level, and the luck of the day."""
        common = self.random.gauss(0, COMMON_SD)
        felt: dict[Domain, int | None] = {}
        for domain, level in lasting.items():
            better = common + self.random.gauss(0, OWN_SD)
            felt[domain] = round(min(max(level - better if domain is Domain.PAIN else level + better, 0), 10))
        return felt

    def _items(self, code: str, lasting: Mapping[Domain, float], extras: StoryExtras) -> dict[str, int | None]:
        """Return item answers 0 to 3 that fit the level."""
        follows = PHQ_FOLLOWS if code == "PHQ-9" else GAD_FOLLOWS
        items: dict[str, int | None] = {item: self._item(lasting[domain]) for item, domain in follows.items()}
        if code == "PHQ-9":
            items |= {"9": extras.self_harm, "difficulty": self._item(lasting[Domain.FUNCTION])}
        return items

    def _item(self, level: float) -> int:
        """Return 0 to 3 for a level of 10 to 0."""
        return round(min(max((9 - level) / 3 + self.random.gauss(0, ITEM_SD), 0), 3))


def medicine_answers(extras: StoryExtras, tried: Mapping[str, Intervention], on: date) -> MedicineAnswers:
    """Return what is said about the medicines of a day: taken and nothing felt, unless the story says otherwise."""
    of_kind = [row for row in tried.values() if row.kind == InterventionKind.MEDICATION and row.voided_at is None]
    checklist = medicines.checklist_on(of_kind, on)
    codes = [symptom.code for symptom in checklist.symptoms] if checklist else []
    felt = {code: dict(zip(PARTS, parts, strict=True)) for code, parts in extras.symptoms.items() if code in codes}
    doses = {row.pk: extras.doses.get(row.name, (DosesTaken.ALL, None)) for row in medicines.taken_on(of_kind, on)}
    return MedicineAnswers(
        intakes={pk: Intake(taken=taken, reason=why) for pk, (taken, why) in doses.items()},
        symptoms={code: felt.get(code, ABSENT) for code in codes},
        other=extras.other_symptom,
    )


def level_at(story: Story, weeks_ago: float) -> Ratings:
    """Return the level of a story so many weeks ago: where it started, and the part of each turn that has happened."""
    level = list(story.level)
    for turn in story.turns:
        done = min(max((turn.weeks_ago - weeks_ago) / turn.over_weeks, 0), 1)
        level = [value + done * shift for value, shift in zip(level, turn.shift, strict=True)]
    sleep, mood, energy, pain, function = level
    return sleep, mood, energy, pain, function
