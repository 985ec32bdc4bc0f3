"""What is looked for in one person's answers, and what it is compared with."""
