"""How things are said: states, numbers and days, findings, the wording of the ratings."""
