"""Hand a message to the mail server. A refusal is an answer, not a crash, and never a silent one."""

import logging

from django.core import mail

logger = logging.getLogger(__name__)


def hand_over(*, subject: str, body: str, address: str) -> bool:
    """Send a message and say whether the server took it; a refusal leaves a line in the log that names no one."""
    try:
        if mail.send_mail(subject, body, None, [address]) == 1:
            return True
    except OSError:  # smtplib's errors are OSErrors
        logger.warning("a message was refused", exc_info=True)
        return False
    logger.warning("a message was not taken")
    return False
