"""The conversation: plan it, prepare it, keep what was agreed, and the page to bring along."""
