"""The patient's form, from its first page to the stored row."""
