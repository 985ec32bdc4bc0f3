"""The number in the words of a dose, for the chart, and the words of a number. Reads nothing else."""

import re
from decimal import Decimal

from django.utils.formats import number_format

# "50 mg", "0,5 mg a day", "20 minutes daily": an amount that is taken or done once a day. Anything more, such as "twice"
# or a second amount, is not read: half a dose in the chart is worse than none. Three digits after a sign could be
# thousands and are not read either.
_AMOUNT = re.compile(
    r"(?P<amount>\d{1,6}(?:[.,]\d{1,2})?)\s*(?P<unit>mg|g|µg|μg|mcg|ml|iu|ie|min|mins|minutes?|minuten|h|hours?|stunden?)"
    r"\s*(?:/\s*|(?:once |einmal )?(?:a |per |pro |am |each |every )?)(?:d|day|tag|daily|täglich|morning|night|evening"
    r"|in the morning|in the evening|at night|morgens|abends|zur nacht)?\.?",
    re.IGNORECASE,
)


def amount_in(words: str) -> tuple[Decimal, str] | None:
    """Return the amount a day and its unit where the words of a dose say nothing else; None where they say more."""
    match = _AMOUNT.fullmatch(words.strip())
    if match is None:
        return None
    return Decimal(match["amount"].replace(",", ".")), match["unit"]


def amount_words(amount: Decimal, unit: str) -> str:
    """Return an amount with its unit, without empty decimals."""
    return f"{number_format(amount.normalize(), use_l10n=True)} {unit}".strip()
