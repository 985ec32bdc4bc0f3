"""A source is a publication and what it says, a dated judgement, or a simulation with its command; nothing else."""

import pytest

from monitoring.engine.sources.rule_source import NotASource, RuleSource, SourceKind


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Kroenke, Spitzer, Williams (2001) J Gen Intern Med 16:606: nine items of 0 to 3", SourceKind.PUBLICATION),
        ("Toussaint et al. (2020), doi 10.1016/j.jad.2020.01.032: 4 points matter to people", SourceKind.PUBLICATION),
        ("NICE NG222 (2022) 1.4.20: withdrawal is not relapse", SourceKind.PUBLICATION),
        ("Judgement, 30 November 2026: one bad week is no course", SourceKind.JUDGEMENT),
        ("Simulated, manage.py evaluate_engine: half a false alert a year", SourceKind.SIMULATION),
        ("Simulated, manage.py evaluate_engine --seed 9001: half a false alert a year", SourceKind.SIMULATION),
    ],
)
def test_publications_dated_judgements_and_simulations_are_sources(words: str, kind: SourceKind) -> None:
    source = RuleSource(words)

    assert source == words
    assert source.kind is kind
    assert source.command == ("evaluate_engine" if kind is SourceKind.SIMULATION else None)


@pytest.mark.parametrize(
    "words",
    [
        "",
        "docs/" + "engine.md#red-flags: pain or mood at 10",
        "Judgement, 30 November 2026: as the decision log says, " + "decision 84",
        "Kroenke (2001) J Gen Intern Med 16:606: bands, in ENGINE" + " 6",
        "judgement: shrinkage weight",
        "Judgement: a number that seemed right",
        "Judgement, 30 November 2026:",
        "World A, training seeds: half a false alert a year",
        "Simulated: half a false alert a year",
        "Kroenke (2001)",
        "Kroenke (2001) J Gen Intern Med 16:606",
        "Somebody (2001): this is how it is",
        "Stem of the form: the last two weeks",
    ],
)
def test_an_internal_document_an_undated_judgement_and_a_bare_name_are_refused(words: str) -> None:
    with pytest.raises(NotASource):
        RuleSource(words)
