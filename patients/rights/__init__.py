"""What patients decide about themselves and their data: consent, safety plan, requests, who looked."""
