#!/bin/sh
# granian: a header with one byte above ASCII reaches a WSGI application empty, an RSGI application not at all
#
# Date: 2026-11-30. Versions: granian 2.8.7, CPython 3.11.7, Linux.
#
# One would guess: WSGI (PEP 3333) hands over header bytes as Latin-1, whatever they are. HTTP lets a field value
# carry such bytes (RFC 9110, obs-text), and browsers send them: a script on the same site may set the cookie name=café.
# What happens: over WSGI the variable is there and empty, over RSGI the header is missing; over ASGI the bytes arrive.
# Why it matters: a browser sends all its cookies in one header. One foreign cookie of another program on the same host
# name then hides the session's, and the person is signed out, on every page, without any message.
# What to do instead: serve through ASGI, where headers are bytes, and decode them as Latin-1.
#
# Exit: 0 as long as it behaves as described, 1 when that has changed.
set -eu
folder=$(mktemp -d)
server=""
finish() { [ -z "$server" ] || kill "$server" 2>/dev/null || true; rm -rf "$folder"; }
trap finish EXIT

python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check granian==2.8.7
cd "$folder"
cat > programs.py <<'PROGRAM'
def wsgi(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [ascii(environ.get("HTTP_COOKIE", "missing")).encode()]


async def rsgi(scope, protocol):
    protocol.response_bytes(200, [], ascii(scope.headers.get("cookie", "missing")).encode())


async def asgi(scope, receive, send):
    value = dict(scope["headers"]).get(b"cookie", b"missing").decode("latin-1")
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": ascii(value).encode()})
PROGRAM
cat > ask.py <<'PROGRAM'
import http.client, sys, time

for attempt in range(100):
    try:
        connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=5)
        connection.request("GET", "/", headers={"Cookie": "sessionid=abc; name=café".encode("latin-1")})
        print(connection.getresponse().read().decode())
        break
    except OSError:
        time.sleep(0.1)
PROGRAM

found=""
for kind in wsgi rsgi asginl; do
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    "$folder/venv/bin/granian" --interface "$kind" --host 127.0.0.1 --port "$port" --no-ws --log-level error \
        "programs:${kind%nl}" &
    server=$!
    seen=$("$folder/venv/bin/python" ask.py "$port")
    kill "$server"; wait "$server" 2>/dev/null || true; server=""
    echo "$kind: the cookies are $seen"
    found="$found$kind=$seen;"
done
[ "$found" = "wsgi='';rsgi='missing';asginl='sessionid=abc; name=caf\\xe9';" ]
