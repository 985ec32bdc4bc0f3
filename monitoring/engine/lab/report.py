"""The benchmark's results as Markdown tables; no arithmetic of its own."""

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

SHAPES = ("step", "ramp", "single", "relapse")


def finite(value: Any) -> Any:
    """Return results with "not reached" (infinity) and NaN as None, for JSON."""
    if isinstance(value, Mapping):
        return {key: finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def _percent(share: float) -> str:
    return f"{100 * share:.0f}"


def _weeks(value: float | None) -> str:
    return ">26" if value is None else f"{value:.0f}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(row) + " |" for row in rows] + [""]


def _found(one: Mapping[str, Any]) -> str:
    return f"{_percent(one['within_4'])}/{_percent(one['within_8'])} {_weeks(one['median_weeks'])}"


def _detectors(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    lines = []
    for budget in sorted({row["budget"] for row in rows}):
        chosen = [row for row in rows if row["budget"] == budget]
        shapes = [shape for shape in (*SHAPES, "huge") if shape in chosen[0]["shapes"]]
        lines += [f"At {budget} false alerts per stable person-year (found within 4/8 weeks %, median weeks):", ""]
        lines += _table(
            ["detector", "false alerts, held out", *shapes],
            (
                [row["detector"], f"{row['false_alerts']:.2f}", *(_found(row["shapes"][shape]) for shape in shapes)]
                for row in chosen
            ),
        )
    return lines


def _huge(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    return _table(
        ["detector", "budget", "false alerts, held out", "within 2 weeks %", "within 4", "within 8"],
        (
            [
                row["detector"],
                f"{row['budget']}",
                f"{row['false_alerts']:.2f}",
                *(_percent(row["shapes"]["huge"][key]) for key in ("within_2", "within_4", "within_8")),
            ]
            for row in rows
        ),
    )


def _calibration(title: str, one: Mapping[str, Any]) -> list[str]:
    return [
        f"{title}: expected calibration error {one['ece']:.4f}{_auc(one)}.",
        "",
        *_table(
            ["predicted", *(f"{p:.2f}" for p in one["predicted"])],
            [["observed", *(f"{p:.2f}" for p in one["observed"])]],
        ),
    ]


def _auc(one: Mapping[str, Any]) -> str:
    return f", AUC {one['auc']:.2f}" if "auc" in one else ""


def _by_week(rows: Mapping[str, Mapping[str, float]], columns: Sequence[str]) -> list[str]:
    head = ["week", *(column.replace("_", " ") for column in columns)]
    return _table(head, ([week, *(f"{one[column]:.2f}" for column in columns)] for week, one in rows.items()))


def _shares(first: str, rows: Mapping[str, Mapping[str, float]]) -> list[str]:
    columns = list(next(iter(rows.values())))
    return _table(
        [first, *columns], ([name, *(f"{one[column]:.3f}" for column in columns)] for name, one in rows.items())
    )


def markdown(results: Mapping[str, Any]) -> str:
    """Return all sections as Markdown."""
    early, said = results["early"], results["explanation"]
    lines = [
        f"Engine {results['engine_version']}, rules {results['rules'][:12]}, seed {results['seed']}, "
        f"{results['patients']} stable people per panel. All people are synthetic.",
        "",
        "### World A",
        "",
        *_detectors(results["detectors"]),
        "### Sudden changes of 5 to 8 points, guard rail included",
        "",
        *_huge(results["huge"]),
        "### The second generator",
        "",
        *_detectors(results["other_world"]),
        "### Calibration of the chance",
        "",
        *_calibration("World A, held-out people", results["calibration"]),
        *_calibration("Carried unchanged to the second generator", results["calibration_other"]),
        "### Stressed worlds: alerts per stable person-year at the cut for 1.0",
        "",
        *_table(
            ["world", "cut unchanged", "re-tuned on 200 people"],
            ([name, f"{one['unchanged']:.2f}", f"{one['retuned']:.2f}"] for name, one in results["stress"].items()),
        ),
        f"Step in week 4 to 6, at 1.0: found within 8 weeks {_percent(early['within_8'])} %.",
        "",
        "### Explanation at the first alert (step, 0.5)",
        "",
        f"Named domain truly changed {_percent(said['named_domain_changed'])} %; onset within 2 weeks "
        f"{_percent(said['onset_within_2_weeks'])} %; printed difference four weeks later: median error "
        f"{said['contrast_error_4_weeks_on']:.2f}, bias {said['contrast_bias_4_weeks_on']:+.2f} points.",
        "",
        "### One fortnightly series",
        "",
        *_table(
            ["detector", "budget", "false alerts", "within 4/8 weeks %"],
            (
                [
                    row["detector"],
                    f"{row['budget']}",
                    f"{row['false_alerts']:.2f}",
                    f"{_percent(row['within_4'])}/{_percent(row['within_8'])}",
                ]
                for row in results["sparse"]
            ),
        ),
        "### Side effect after a start, by weeks since; rival: change from the last rating",
        "",
        *_by_week(results["side_effects"], ("auc", "sensitivity", "rival_auc", "rival_sensitivity")),
        "### Response by week 12, by weeks since the start; rival: % change so far",
        "",
        *_by_week(results["response"], ("auc", "rival_auc", "non_responders_flagged", "responders_flagged")),
        "### One start, the whole watch after it: share of people",
        "",
        *_shares("start", {name: one for name, one in results["starts"].items() if "any" in one}),
        "A lasting effect on one rating: share in whom that rating is named",
        "",
        *_shares("effect", {name: one for name, one in results["starts"].items() if "any" not in one}),
        "### One stop: unchanged people with so many new or worse symptoms at any of eight askings",
        "",
        *_shares("known before", results["stops"]),
        "### Half a year of ordinary care, stable people: what pages somebody, per person-year",
        "",
        *_table(
            ["kind", "per person-year"], ([kind, f"{rate:.2f}"] for kind, rate in results["ordinary_care"].items())
        ),
        *_named("World A", results["named_chance"]),
        *_named("Second generator", results["named_chance_other"]),
        *_differences(results),
        "### Usual range",
        "",
        "Stable people: share inside the range of that day, by the answers given so far.",
        "",
        *_shares("World A", results["usual"]),
        *_shares("second generator", results["usual_other"]),
        *_shares("PHQ-9", results["usual_forms"]),
    ]
    return "\n".join(lines)


def _named(world: str, results: Mapping[str, Any]) -> list[str]:
    lines = [f"### The percentage that is printed, when an alarm opens: {world}", ""]
    for name, one in results.items():
        told = (
            f"{name}, {one['alarms']} first alarms: printed {one['shown']:.2f}, the named scale truly worse in "
            f"{one['true']:.2f}. Until engine 1.4: printed {one['until_1_4']:.2f} with a calibration error of "
            f"{one['until_1_4_error']:.3f}; any scale truly worse in {one['any_true']:.2f}. Now"
        )
        lines += _calibration(told, one)
    return lines


def _differences(results: Mapping[str, Any]) -> list[str]:
    return [
        "### Before and after a change that does nothing: share of changes",
        "",
        *_shares("World A", results["differences"]),
        *_shares("second generator", results["differences_other"]),
        "A true lasting effect on one rating: share in whom it is clear in that rating",
        "",
        *_shares("effect", results["clear_effects"]),
    ]
