"""A check-in on a phone and a look at its course, in the engines that people have beside Chromium."""

from functools import partial

import pytest
from django.urls import reverse
from django.utils import timezone

from monitoring.models import CheckIn
from patients.tenancy import clinic_transaction
from tests import factories
from tests.conftest import World
from tests.functional.conftest import DESK, PHONE
from tests.functional.engines.conftest import Site
from tests.functional.engines.drivers import Engine, until
from tests.furnished import Furnished

IS_TOO_WIDE = "return document.documentElement.scrollWidth > document.documentElement.clientWidth"
# What surrounds the answer that has the focus.
RING = """const box = document.activeElement.closest("label");
  const {outlineStyle, outlineWidth} = getComputedStyle(box);
  return [outlineStyle, parseFloat(outlineWidth)];"""
CHOSEN = "return document.activeElement.value"
SHOWN_PANELS = (
    "return [...document.querySelectorAll('.tab-panel')]"
    ".flatMap((panel, number) => getComputedStyle(panel).display === 'none' ? [] : [number])"
)
READ = "return document.querySelector('#read').textContent"
# Dots that can be pointed at, from the first to the last.
DOTS = """const figure = document.querySelector(".figure");
  figure.scrollIntoView({block: "center"});
  const box = figure.getBoundingClientRect(), axis = figure._fullLayout.xaxis;
  const days = figure.data.filter((one) => one.hoverinfo !== "skip").flatMap((one) => one.x).sort();
  return days.map((day) => [box.x + axis._offset + axis.d2p(day), box.y + box.height / 2, day]);"""


def is_current(engine: Engine, selector: str) -> bool:
    """Say whether a choice is the one that is shown."""
    return bool(engine.run("return document.querySelector(arguments[0] + '[aria-current]') !== null", selector))


def leave_page(engine: Engine, ending: str, selector: str) -> None:
    """Press what leads to another page, and wait for it."""
    engine.click(selector)
    until(lambda: engine.url.endswith(ending), f"not on {ending}")


def test_a_check_in_on_a_phone(site: Site, committed: World) -> None:
    now, engine = timezone.now(), site.engine
    with clinic_transaction(clinic_id=committed.clinic.pk):
        factories.make_plan(committed.episode, starts_on=(now - factories.WEEK * 2).date())
        factories.open_week(committed.episode, at=now)
    engine.resize(**PHONE)
    site.sign_in(committed.ann)

    site.visit("/")
    engine.click("button[name=form][value=full]")
    until(lambda: engine.url.endswith("/checkin/1/"), "not begun")
    for page in (1, 2, 3, 4):
        assert not engine.run(IS_TOO_WIDE)
        engine.click(".scale label:nth-of-type(3)")
        assert engine.run(CHOSEN) == "2"
        engine.press("ArrowRight")
        assert engine.run(CHOSEN) == "3"
        style, width = engine.run(RING)
        assert (style, width >= 3) == ("solid", True)
        until(lambda: "3" in engine.run(READ), "the answer is not read back")
        leave_page(engine, f"/checkin/{page + 1}/", ".patient-foot button.primary")
    leave_page(engine, "/checkin/send/", ".patient-foot .quiet")
    assert not engine.run(IS_TOO_WIDE)
    leave_page(engine, "/checkin/done/", "button[form=send]")
    engine.click(".tabs label:nth-of-type(2)")
    assert engine.run(SHOWN_PANELS) == [1]

    assert not engine.run(IS_TOO_WIDE)
    with clinic_transaction(clinic_id=committed.clinic.pk):
        assert list(CheckIn.objects.get().ratings.values()) == [3, 3, 3, 3, None]


# WebKitGTK in a window that was just made wider sometimes lays a figure out twice as wide as its place.
@pytest.mark.parametrize("running_engine", ["firefox", "wpe"], indirect=True)
def test_every_dot_says_its_day(site: Site, furnished: Furnished) -> None:
    engine = site.engine
    engine.resize(**DESK)
    site.sign_in(furnished.people["clinician"])

    site.visit(reverse("trajectory", args=[furnished.north.episode_id]))
    until(lambda: engine.run("return document.querySelectorAll('.plot.drawn').length > 1"), "nothing is drawn")
    said = []
    dots = engine.run(DOTS)
    for number in range(len(dots)):
        # Asked again each time: a page that still loads moves.
        x, y, _day = engine.run(DOTS)[number]
        engine.move(x, y)
        until(
            lambda: engine.run("return document.querySelectorAll('.hoverlayer .hovertext').length"), "nothing is shown"
        )
        said.append(engine.run("return document.querySelector('[data-day]').textContent"))

    assert len(dots) > 10
    assert len(set(said)) == len({day for _x, _y, day in dots})


def test_a_clinicians_clicks_break_no_policy(site: Site, furnished: Furnished) -> None:
    """What is reported to the clinic's log must mean something."""
    engine = site.engine
    engine.resize(**DESK)
    site.sign_in(furnished.people["clinician"])

    site.visit(reverse("trajectory", args=[furnished.north.episode_id]))
    for selector in ("#view-table", "#view-both", "#window-all", "#view-around", "#view-chart"):
        engine.click(selector)
        until(partial(is_current, engine, selector), f"{selector} is not shown")
    engine.back()
    until(partial(is_current, engine, "#view-around"), "not back")
