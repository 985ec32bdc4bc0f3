#!/bin/sh
# WebKit: a navigation that a service worker answers never ends if the answer carries Clear-Site-Data
#
# Date: 2026-11-30. Versions: WebKitGTK 2.50.6 (the engine of Safari 26), Debian 12. WPE WebKit 2.38 does not know the
# header and is not concerned; Firefox 153 and Chromium show the next page.
#
# One would guess: Clear-Site-Data: "storage" on the answer to a sign-out clears storage and service workers, and then the
# browser goes on to the next page (W3C Clear Site Data; MDN recommends it for signing out).
# What happens: if a worker handed the request on with respondWith(fetch(request)), the worker is gone before its answer
# is used. The navigation waits for ever: the page of the person who has signed out stays on the screen.
# Why it matters: the server has ended the session, the person sees that nothing happens and leaves the screen as it is.
# What to do instead: let the worker return without respondWith() for every address that answers with this header.
#
# Needs: apt install webkit2gtk-driver xvfb. Exit: 0 as long as it behaves as described, 1 when that has changed.
set -eu
folder=$(mktemp -d)
display="" driver="" server=""
finish() {
    for one in $driver $display $server; do kill "$one" 2>/dev/null || true; done
    rm -rf "$folder"
}
trap finish EXIT
cd "$folder"
export HOME="$folder"

cat > serve.py <<'PROGRAM'
import http.server
import sys

WORKER = """
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  if (event.request.mode === "navigate" && !event.request.url.endsWith("left-alone")) event.respondWith(fetch(event.request));
});
"""
PAGE = """<!doctype html><title>Page</title><script>navigator.serviceWorker.register("/worker.js")</script>
<form method="post"></form>"""


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, kind, body, **headers):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body.encode())

    def do_GET(self):
        print("GET", self.path, file=sys.stderr, flush=True)
        is_worker = self.path == "/worker.js"
        self.answer(200, "text/javascript" if is_worker else "text/html", WORKER if is_worker else PAGE)

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        clears = {} if self.path == "/plain" else {"Clear_Site_Data": '"cache", "storage"'}
        self.answer(302, "text/html", "", Location=f"/after{self.path}", **clears)

    def log_message(self, *words):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
PROGRAM
cat > drive.py <<'PROGRAM'
import glob
import json
import sys
import time
import urllib.request

port, server = sys.argv[1:]
base = f"http://127.0.0.1:{port}/session"


def ask(path, **body):
    request = urllib.request.Request(base + path, json.dumps(body).encode(), {"Content-Type": "application/json"})
    return json.load(urllib.request.urlopen(request, timeout=60))["value"]


for _ in range(100):
    try:
        urllib.request.urlopen(base[:-8] + "/status", timeout=5)
        break
    except OSError:
        time.sleep(0.1)
browser = {"binary": glob.glob("/usr/lib/*/webkit2gtk-4.1/MiniBrowser")[0], "args": ["--automation"]}
base += "/" + ask("", capabilities={"alwaysMatch": {"webkitgtk:browserOptions": browser}})["sessionId"]
ask("/url", url=f"http://127.0.0.1:{server}{sys.stdin.read().strip()}")
time.sleep(2)
ask("/execute/sync", script="setTimeout(() => document.forms[0].submit(), 50)", args=[])
time.sleep(6)
PROGRAM

python3 serve.py > port 2> asked &
server=$!
Xvfb -displayfd 3 -screen 0 1280x1024x24 -nolisten tcp 3> display 2>/dev/null &
display=$!
until [ -s port ] && [ -s display ]; do sleep 0.2; done
export DISPLAY=":$(cat display)"

found=""
for path in /plain /left-alone /through-worker; do
    free=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    WebKitWebDriver --port="$free" 2>/dev/null &
    driver=$!
    echo "$path" | timeout 90 python3 drive.py "$free" "$(cat port)"
    kill "$driver"; wait "$driver" 2>/dev/null || true; driver=""
    if grep -q "GET /after$path" asked; then came=yes; else came=no; fi
    echo "$path: the next page came: $came"
    found="$found$came "
done
[ "$found" = "yes yes no " ]
