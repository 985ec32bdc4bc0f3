"""The stories of the demo, by their keys."""

from monitoring.demo import cast

BY_KEY = {story.key: story for story in cast.STORIES}
