"""Correct what was entered wrong: the details of a person, and entries that are voided with a reason."""
