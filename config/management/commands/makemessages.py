"""Django's own command, without guesses: a message that is new has no translation, not that of a message like it."""

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """Collects the messages of the source into the catalogues below locale/."""

    msgmerge_options = [*makemessages.Command.msgmerge_options, "--no-fuzzy-matching"]
