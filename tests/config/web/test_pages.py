"""What a page was made from is let go with the page."""

import gc
from collections.abc import Iterator
from weakref import ref

import pytest
from django.http import HttpRequest
from django.template import TemplateDoesNotExist, engines
from django.template.loader import get_template

from config.web.pages import Pages


class Thing:
    """Something a page is made from."""

    word = "a word & more"


@pytest.fixture
def no_search() -> Iterator[None]:
    """Keep the search for circles from finding anything."""
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_search")
@pytest.mark.parametrize("request_of", [lambda: None, HttpRequest])
def test_what_a_page_was_made_from_is_gone_with_it(request_of: type[HttpRequest]) -> None:
    thing = Thing()
    gone = ref(thing)
    page = engines["django"].from_string("{% with two=thing %}{{ two.word }}{% endwith %}")
    assert page.render({"thing": thing}, request_of()) == "a word &amp; more"
    del thing
    assert gone() is None


def test_every_template_is_of_this_kind() -> None:
    assert isinstance(engines["django"], Pages)
    assert type(get_template("base.html")) is type(engines["django"].from_string(""))


def test_a_missing_template_is_told_by_its_name() -> None:
    with pytest.raises(TemplateDoesNotExist, match="nowhere"):
        get_template("nowhere.html")
    with pytest.raises(TemplateDoesNotExist, match="nowhere"):
        engines["django"].from_string("{% include 'nowhere.html' %}").render({})
