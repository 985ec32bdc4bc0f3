"""Firefox and WebKit, driven with the standard library: Marionette for Firefox, W3C WebDriver for both WebKits.

Both speak of the same commands. Nothing here knows the product.
"""

import base64
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from config.machine.users import GUARD
from tests.config.conftest import free_port

# The key of WebDriver's specification, by its name.
KEYS = {"Tab": "\ue004", "ArrowRight": "\ue014", "ArrowLeft": "\ue012", "Space": "\ue00d", "Enter": "\ue007"}
# Each command by method and path for WebDriver, and by its name for Marionette.
COMMANDS = {
    "go": ("POST", "url", "WebDriver:Navigate"),
    "back": ("POST", "back", "WebDriver:Back"),
    "address": ("GET", "url", "WebDriver:GetCurrentURL"),
    "run": ("POST", "execute/sync", "WebDriver:ExecuteScript"),
    "find": ("POST", "elements", "WebDriver:FindElements"),
    "act": ("POST", "actions", "WebDriver:PerformActions"),
    "picture": ("GET", "screenshot", "WebDriver:TakeScreenshot"),
    "forget": ("DELETE", "cookie", "WebDriver:DeleteAllCookies"),
    "remember": ("POST", "cookie", "WebDriver:AddCookie"),
    "close": ("DELETE", "", "WebDriver:DeleteSession"),
    "begin": ("POST", "", "WebDriver:NewSession"),
    "resize": ("POST", "window/rect", "WebDriver:SetWindowRect"),
    "within": ("POST", "", "Marionette:SetContext"),
    "print": ("POST", "print", "WebDriver:Print"),
}
PATIENCE_SECONDS = 30
TURN_SECONDS = 0.1


class EngineError(Exception):
    """A browser refused a command."""


class Engine(ABC):
    """One browser window on one page."""

    name: str

    @abstractmethod
    def ask(self, command: str, **parameters: object) -> Any:
        """Return the answer to one of the COMMANDS."""

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Give the page this room."""

    def go(self, url: str) -> None:
        """Open an address and wait until it is loaded."""
        self.ask("go", url=url)

    def back(self) -> None:
        """Go back in the history."""
        self.ask("back")

    @property
    def url(self) -> str:
        """Return the address of the page."""
        return str(self.ask("address"))

    def run(self, script: str, *arguments: object) -> Any:
        """Return what a script in the page returns."""
        return self.ask("run", script=script, args=list(arguments))

    def find(self, selector: str) -> dict[str, str]:
        """Return the first element of a CSS selector; wait for it."""
        found: list[dict[str, str]] = []

        def look() -> bool:
            found[:] = self.ask("find", using="css selector", value=selector)
            return bool(found)

        until(look, f"no {selector} on {self.url}")
        return found[0]

    def click(self, selector: str) -> None:
        """Click as a person does: where the element is on the screen."""
        element = self.find(selector)
        self.run("arguments[0].scrollIntoView({block: 'center'})", element)
        found = self.run(
            "const box = arguments[0].getBoundingClientRect(); return [box.x + box.width / 2, box.y + box.height / 2];",
            element,
        )
        self.move(*found, press=True)

    def move(self, x: float, y: float, *, press: bool = False) -> None:
        """Move the mouse to a place of the viewport, and press there."""
        steps: list[dict[str, object]] = [{"type": "pointerMove", "x": round(x), "y": round(y), "duration": 0}]
        if press:
            steps += [{"type": "pointerDown", "button": 0}, {"type": "pointerUp", "button": 0}]
        mouse = {"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": steps}
        self.ask("act", actions=[mouse])

    def press(self, *names: str) -> None:
        """Press keys, one after the other."""
        steps = [{"type": kind, "value": KEYS[name]} for name in names for kind in ("keyDown", "keyUp")]
        self.ask("act", actions=[{"type": "key", "id": "keys", "actions": steps}])

    def picture(self) -> bytes:
        """Return the visible part of the page as PNG."""
        return base64.b64decode(self.ask("picture", full=False))

    def enter(self, origin: str, **cookies: str) -> None:
        """Set cookies; the browser must be on a page of the site for that."""
        self.go(f"{origin}/help/")
        self.ask("forget")
        for name, value in cookies.items():
            self.ask("remember", cookie={"name": name, "value": value, "path": "/"})

    def close(self) -> None:
        """End the session: a driver leaves a browser standing that it was not told to close."""
        self.ask("close")


class Firefox(Engine):
    """Firefox by Marionette, which it has built in: Debian has no geckodriver."""

    name = "firefox"

    def __init__(self, port: int) -> None:
        self.line = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS * 2)
        self.number = 0
        self._receive()
        self.ask("begin", acceptInsecureCerts=True)

    def ask(self, command: str, **parameters: object) -> Any:
        self.number += 1
        marionette = COMMANDS[command][2]
        text = json.dumps([0, self.number, marionette, parameters]).encode()
        self.line.sendall(f"{len(text)}:".encode() + text)
        _kind, _number, error, result = self._receive()
        if error:
            raise EngineError(f"{marionette}: {error['error']}: {error['message']}")
        return result.get("value") if isinstance(result, dict) and set(result) == {"value"} else result

    def close(self) -> None:
        """End the session, and hang up."""
        super().close()
        self.line.close()

    def _receive(self) -> Any:
        length = b""
        while not length.endswith(b":"):
            length += self._take(1)
        return json.loads(self._take(int(length[:-1])))

    def _take(self, count: int) -> bytes:
        taken = b""
        while len(taken) < count:
            part = self.line.recv(count - len(taken))
            if not part:
                raise EngineError("Firefox hung up")
            taken += part
        return taken

    def resize(self, width: int, height: int) -> None:
        """Give the page this room; a window of Firefox itself is never narrower than 450 px."""
        self.ask("resize", width=1500, height=1100)
        self._run_within(
            """const {style} = gBrowser.selectedBrowser;
            for (const [name, value] of [["width", arguments[0]], ["height", arguments[1]]]) {
              for (const bound of ["", "min-", "max-"]) style.setProperty(bound + name, value + "px");
            }""",
            width,
            height,
        )
        until(lambda: self.run("return [innerWidth, innerHeight]") == [width, height], "Firefox keeps its size")

    def prefer(self, name: str, value: bool) -> None:
        """Switch something in Firefox itself on or off."""
        self._run_within("Services.prefs.setBoolPref(arguments[0], arguments[1])", name, value)

    def _run_within(self, script: str, *arguments: object) -> None:
        self.ask("within", value="chrome")
        self.run(script, *arguments)
        self.ask("within", value="content")

    def paper(self) -> bytes:
        """Return the page as it is printed: A4, without grounds."""
        page = {"width": 21, "height": 29.7}
        return base64.b64decode(self.ask("print", page=page, background=False))


class WebKit(Engine):
    """A WebKit by its driver."""

    def __init__(self, name: str, port: int, options: dict[str, object]) -> None:
        self.name = name
        self.base = f"http://127.0.0.1:{port}/session"
        capabilities = {"alwaysMatch": {"acceptInsecureCerts": True, **options}}
        answer = self._send("POST", self.base, {"capabilities": capabilities})
        self.base = f"{self.base}/{answer['sessionId']}"

    def ask(self, command: str, **parameters: object) -> Any:
        method, path, _marionette = COMMANDS[command]
        return self._send(method, f"{self.base}/{path}".rstrip("/"), parameters if method == "POST" else None)

    def _send(self, method: str, url: str, body: dict[str, Any] | None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data, {"Content-Type": "application/json"}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=PATIENCE_SECONDS * 2) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise EngineError(f"{url}: {error.read().decode()[:400]}") from error

    def resize(self, width: int, height: int) -> None:
        """Give the window this size; that of WPE keeps the one it was started with, GTK's is 447 px wide at least."""
        self.ask("resize", width=width, height=height)
        sizes: list[object] = []

        def is_settled() -> bool:
            sizes.append(self.run("return [innerWidth, innerHeight]"))
            return sizes[-3:] == [sizes[-1]] * 3

        until(is_settled, "the window is never still")


# ---------- Starting them ----------

# A profile that asks nobody for anything; port 0 lets Firefox choose and write down which.
PREFERENCES = {
    "marionette.port": 0,
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "browser.aboutwelcome.enabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "intl.accept_languages": "en-GB",
}
PROGRAMS = {
    "firefox": ("firefox-esr", "pdftotext"),
    "wpe": ("WPEWebDriver", "cog", "weston"),
    "webkitgtk": ("WebKitWebDriver", "Xvfb", "openbox"),
}
PACKAGES = {
    "firefox": "firefox-esr poppler-utils",
    "wpe": "wpewebkit-driver cog weston",
    "webkitgtk": "webkit2gtk-driver xvfb openbox",
}
MINI_BROWSERS = ("/usr/lib/*/webkit2gtk-4.1/MiniBrowser", "/usr/libexec/webkit2gtk-4.1/MiniBrowser")


def missing(name: str) -> str:
    """Return what to install before this engine can run; empty when it is there."""
    is_there = all(shutil.which(program) for program in PROGRAMS[name])
    return "" if is_there else PACKAGES[name]


@contextmanager
def running(command: list[str], log: Path, **environment: str) -> Iterator[None]:
    """Run a program that ends with this process, with all that it started."""
    guard = [sys.executable, "-I", "-S", str(GUARD), "--signal", "SIGTERM", "--grace", "3", "--"]
    with log.open("ab") as out:
        process = subprocess.Popen(
            [*guard, *command],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=out,
            env=os.environ | environment,
            start_new_session=True,
        )
    try:
        yield
    finally:
        assert process.stdin
        process.stdin.close()
        process.wait(15)


@contextmanager
def firefox(folder: Path) -> Iterator[Engine]:
    """Start Firefox without a screen."""
    profile = folder / "profile"
    profile.mkdir()
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    # The page is made as narrow as a phone from without: that needs access to Firefox itself.
    command = ["firefox-esr", "--headless", "--no-remote", "--profile", str(profile), "--marionette"]
    with running([*command, "-remote-allow-system-access"], folder / "log", HOME=str(folder)):
        port = profile / "MarionetteActivePort"
        until(lambda: port.exists() and port.read_text(), "Firefox does not listen")
        with closing(Firefox(int(port.read_text()))) as engine:
            yield engine


@contextmanager
def wpe(folder: Path, *, width: int = 390, height: int = 844) -> Iterator[Engine]:
    """Start WPE WebKit on a screen that nobody sees; its window has the size with which it starts."""
    folder.chmod(0o700)
    port, screen = free_port(), {"XDG_RUNTIME_DIR": str(folder), "WAYLAND_DISPLAY": "wayland-of-tests"}
    size = {"COG_PLATFORM_WL_VIEW_WIDTH": str(width), "COG_PLATFORM_WL_VIEW_HEIGHT": str(height)}
    weston = ["weston", "--backend=headless-backend.so", "--socket=wayland-of-tests", "--idle-time=0"]
    options = {"binary": shutil.which("cog"), "args": ["--automation", "--platform=wl"]}
    with running([*weston, "--width=1600", "--height=1200"], folder / "log", XDG_RUNTIME_DIR=str(folder)):
        until((folder / "wayland-of-tests").exists, "no screen for WPE")
        with running(["WPEWebDriver", f"--port={port}"], folder / "log", HOME=str(folder), **screen, **size):
            until(lambda: listens(port), "WPE's driver does not listen")
            with closing(WebKit("wpe", port, {"wpe:browserOptions": options})) as engine:
                yield engine


@contextmanager
def webkitgtk(folder: Path) -> Iterator[Engine]:
    """Start WebKitGTK on a screen that nobody sees."""
    port, number = free_port(), folder / "display"
    found = next(str(path) for pattern in MINI_BROWSERS for path in Path("/").glob(pattern.lstrip("/")))
    options = {"binary": found, "args": ["--automation"]}
    screen = ["sh", "-c", 'exec Xvfb -displayfd 3 -screen 0 1600x1200x24 -nolisten tcp 3>"$1"', "sh", str(number)]
    with running(screen, folder / "log"):
        until(lambda: number.exists() and number.read_text().strip(), "no screen for WebKitGTK")
        mine = {"HOME": str(folder), "DISPLAY": f":{number.read_text().strip()}"}
        # Without somebody who manages windows none of them has the focus.
        with (
            running(["openbox"], folder / "log", **mine),
            running(["WebKitWebDriver", f"--port={port}"], folder / "log", **mine),
        ):
            until(lambda: listens(port), "WebKitGTK's driver does not listen")
            with closing(WebKit("webkitgtk", port, {"webkitgtk:browserOptions": options})) as engine:
                yield engine


def listens(port: int) -> bool:
    """Say whether somebody answers there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def until(holds: Callable[[], object], message: str) -> None:
    """Wait until something holds.

    Raises:
        EngineError: it did not.
    """
    end = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > end:
            raise EngineError(message)
        time.sleep(TURN_SECONDS)


ENGINES = {"firefox": firefox, "wpe": wpe, "webkitgtk": webkitgtk}
