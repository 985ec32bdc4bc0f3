"""When each background duty last ran: what tells people that checking has stopped."""

from django.db import models


class Heartbeat(models.Model):
    """One background duty of the installation, such as the sweep. Holds no patient data and belongs to no clinic."""

    name = models.CharField(primary_key=True, max_length=30)
    last_started_at = models.DateTimeField()
    last_ok_at = models.DateTimeField(null=True, blank=True)
    items = models.PositiveIntegerField(default=0)
    # How many there are in all, for a duty that works its way through; 0 where that is not known.
    total = models.PositiveIntegerField(default=0)
    error = models.CharField(max_length=120, blank=True)

    def __str__(self) -> str:
        """Return the duty."""
        return self.name
