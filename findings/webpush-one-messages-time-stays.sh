#!/bin/sh
# webpush: how long one message is kept becomes how long all later ones are kept, and "now or never" cannot be said
#
# Date: 2026-11-30. Versions: webpush 1.0.6 (Python), cryptography 50.0.2, PyJWT 2.15.1, CPython 3.11.7, Linux.
#
# One would guess: `WebPush(..., ttl=...)` sets how long a push service keeps messages, and `get(..., ttl=...)` says it
# for this one message. 0 means: deliver at once or throw away (RFC 8030, 5.2).
# What happens: the value of one message is kept in the object and holds for all later ones, for everybody's browsers
# and for other threads, too; so do `subscriber` and `expiration`. `ttl=0` is ignored: the value before stays. And the
# signature names the service without its port, where RFC 8292 (2) asks for the origin.
# Why it matters: after one message that may wait four weeks a reminder of this morning is shown four weeks later; one
# that was to come now or never comes at any time. A service at a port of its own refuses every message.
# What to do instead: a new object for each message, or write the header TTL oneself.
#
# Exit: 0 as long as it behaves as described, 1 when that has changed.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check webpush==1.0.6 cryptography==50.0.2 PyJWT==2.15.1

cat > "$folder/stays.py" <<'PY'
import sys
from io import BytesIO

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from webpush import WebPush, WebPushSubscription
from webpush.vapid import VAPID

private, public, _ = VAPID.generate_keys()
_, _, browsers_key = VAPID.generate_keys()
keys = {"auth": "c2l4dGVlbiBieXRlcyBvaw", "p256dh": browsers_key}
browser = WebPushSubscription.model_validate({"endpoint": "https://push.example.org:8443/x", "keys": keys})
sender = WebPush(private_key=BytesIO(private), public_key=BytesIO(public), subscriber="admin@example.org", ttl=60)


def kept(**more: int) -> str:
    """Return for how many seconds the service is asked to keep a message."""
    return sender.get("hello", browser, **more).headers["ttl"]


seen = [kept(), kept(ttl=2419200), kept(), kept(ttl=0)]
print("kept: as set", seen[0], "| four weeks", seen[1], "| the next one", seen[2], "| now or never", seen[3])
token = sender.get("hello", browser).headers["authorization"].split("t=")[1].split(",")[0]
audience = jwt.decode(token, options={"verify_signature": False})["aud"]
print("signed for", audience, "and sent to https://push.example.org:8443")
sys.exit(0 if seen == ["60", "2419200", "2419200", "2419200"] and not audience.endswith(":8443") else 1)
PY
"$folder/venv/bin/python" "$folder/stays.py"
