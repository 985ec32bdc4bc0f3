"""How languages write dates, beyond what Django knows. One folder for each language, as Django wants it."""
