"""The invented people of the demo clinic and their year. Any likeness to a living person is chance."""

from monitoring.demo.cast.changed import CHANGED
from monitoring.demo.cast.earlier import EARLIER
from monitoring.demo.cast.states import STATES
from monitoring.demo.cast.steady import NEW, STEADY
from monitoring.demo.stories import Story

STORIES: tuple[Story, ...] = CHANGED + STATES + EARLIER + NEW + STEADY
