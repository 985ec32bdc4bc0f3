"""The forms of dates that our pages and messages name, as German writes them: "12. März 2026", not "12 März 2026".

Django looks a form up here by its English name before it takes the name for the form; a test holds the list complete.
"""

_DAYS = {
    "j M": "j. M",
    "j M Y": "j. M Y",
    "j F": "j. F",
    "j F Y": "j. F Y",
    "D j M": "D, j. M",
    "D j M Y": "D, j. M Y",
    "l j F": "l, j. F",
    "l j F Y": "l, j. F Y",
}

globals().update(_DAYS, **{f"{english}, H:i": f"{german}, H:i" for english, german in _DAYS.items()})
