"""The lines of each questionnaire in the table are those that are scored and judged by."""

from monitoring.engine import INSTRUMENTS
from monitoring.engine.instruments import SOURCED, UNCLAIMED
from monitoring.rulebook import questionnaires


def test_the_95_percent_line_and_the_declared_one_stand_beside_each_other() -> None:
    [change] = [row for row in questionnaires.FORMS.rows if row.rule == "PHQ-9: change"]

    assert change.line == ("error of one form 2.5; 95 % line **7**; declared reliable change 6; important change 5")


def test_every_number_of_a_questionnaire_stands_in_the_table_with_its_source() -> None:
    printed = {(row.rule.partition(":")[0], source) for row in questionnaires.FORMS.rows for source in row.sources}
    totalled = [spec for spec in INSTRUMENTS.values() if spec.aggregation != "none"]

    for spec in totalled:
        for name in set(SOURCED) - UNCLAIMED - {"red_flags"}:
            if getattr(spec, name):
                assert (spec.code, spec.sources[name]) in printed, (spec.code, name)
