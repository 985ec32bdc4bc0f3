"""A key for messages to browsers: printed alone, another one each time, and usable as it is."""

from io import StringIO

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from config.machine import environment
from monitoring.messages import pushes


def test_a_key_is_printed_that_the_setting_takes(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = []
    for _ in range(2):
        out = StringIO()
        call_command("make_push_key", stdout=out)
        keys.append(out.getvalue().strip())
    monkeypatch.setenv("PUSH_KEY", keys[0])

    settings.PUSH_KEY = environment.curve_key("PUSH_KEY")

    assert keys[0] != keys[1]
    assert pushes.is_offered()
    # An uncompressed point of the curve, in base64 without padding: 65 bytes.
    assert len(pushes.public_key()) == 87 and pushes.public_key().startswith("B")
