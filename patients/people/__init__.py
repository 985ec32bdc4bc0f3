"""Patients and staff: who they are, their roles, their language."""
