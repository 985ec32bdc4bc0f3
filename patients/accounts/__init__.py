"""How someone gets in: invitations, claims of a record, roles that take two people."""
