"""Plans, check-ins, assessments, alerts and the pages that show them."""
