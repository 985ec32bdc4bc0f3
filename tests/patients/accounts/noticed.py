"""What the team is told of accounts."""

from django.core.mail import EmailMessage


def told(mailoutbox: list[EmailMessage]) -> set[str]:
    notices = [letter for letter in mailoutbox if letter.subject == "Accounts at Northgate"]
    for letter in notices:
        assert "Pia" not in letter.body and "Poole" not in letter.body and "patient" not in letter.body.lower()
        assert letter.body.count("http") == 1 and "/clinic/accounts/" in letter.body
    return {letter.to[0] for letter in notices}
