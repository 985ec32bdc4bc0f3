"""Processes, users, folders and the database server: what stands between the product and the machine."""
