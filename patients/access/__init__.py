"""Who may open what: rules, sessions, sign-in, and what every request is held against."""
