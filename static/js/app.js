/*
 * What pages gain when scripts run: errors beside the control, focus where reading goes on, shortcuts for staff.
 * Nothing here is needed: every link and form works without it. No health data is kept in the browser.
 */
"use strict";

(() => {
  const words = document.body.dataset;

  /* ---------- Whether a finger or a mouse was used last: WebKit does not tell the styles rightly ---------- */

  const root = document.documentElement;
  document.addEventListener("pointerdown", () => root.toggleAttribute("data-pointed", true), true);
  document.addEventListener("keydown", () => root.toggleAttribute("data-pointed", false), true);

  /* ---------- Back: over plain http WebKit keeps pages whole, although they say no-store ---------- */

  // Of somebody who has signed out nothing may come back, not even for the moment in which the server is asked again.
  window.addEventListener("pagehide", (event) => { root.hidden = event.persisted; });
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  /* ---------- Requests that fail ---------- */

  // A patient's taps and words that the server has not taken: they stand on the screen alone.
  const unsent = new Set();
  const isPatientPage = document.body.classList.contains("patient");

  const waiting = () => [...unsent].filter((element) => element.isConnected);

  function clearError(element) {
    const next = element.nextElementSibling;
    if (next && next.matches(".request-error")) next.remove();
  }

  function clearSaveError() {
    document.querySelectorAll(".request-error[data-save]").forEach((note) => note.remove());
  }

  /** Say beside the control what happened, and offer to repeat it. Of saves there is one note on a page: the newest. */
  function showError(element, text, { isSave, signIn, again }) {
    clearError(element);
    if (isSave) clearSaveError();
    const note = document.createElement("div");
    note.className = "request-error";
    note.setAttribute("role", "alert");
    if (isSave) note.dataset.save = "";
    note.append(text, " ");
    if (signIn) note.append(signIn, " ");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button compact";
    button.textContent = words.tryAgain;
    button.addEventListener("click", again);
    note.append(button);
    element.after(note);
  }

  /* Leaving a field by pressing a button saves the field. What comes back must not move the button from under the press,
     or it is never pressed. */
  let isPressing = false;
  document.addEventListener("pointerdown", () => { isPressing = true; }, true);
  for (const name of ["pointerup", "pointercancel"]) {
    document.addEventListener(name, () => { isPressing = false; }, true);
  }

  function afterPress(work) {
    if (!isPressing) work();
    else setTimeout(afterPress, 20, work);
  }

  /** The way back in, in a tab of its own: this page stays as it is. */
  function signInLink(main) {
    const link = document.createElement("a");
    link.href = main.dataset.signIn;
    link.target = "_blank";
    link.rel = "noopener";
    link.textContent = main.dataset.signInWords;
    return link;
  }

  function repeat(element) {
    if (element.matches("[hx-trigger^=change]")) element.dispatchEvent(new Event("change"));
    else if (element instanceof HTMLFormElement) element.requestSubmit();
    else element.click();
  }

  /** A pressed button carries its whole form: what is tried again is the button alone. */
  const pressed = () => waiting().find((element) => element.matches("button"));

  function sendAgain() {
    const button = pressed();
    (button ? [button] : waiting()).forEach(repeat);
  }

  /** After signing in, forms need the new session's token. */
  async function renewToken() {
    try {
      const page = await (await fetch(location.href, { cache: "no-store" })).text();
      const found = /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(page);
      const fields = document.querySelectorAll("input[name=csrfmiddlewaretoken]");
      if (found) fields.forEach((field) => { field.value = found[1]; });
    } catch {
      // Without a line the next attempt fails as this one did, and says so.
    }
  }

  /** What was saved before says nothing of what stands there now. */
  function hideSaved() {
    document.getElementById("saved")?.replaceChildren();
  }

  function onFailure(event) {
    const { elt, requestConfig, target, xhr } = event.detail;
    const status = xhr ? xhr.status : 0;
    // A name is looked for by POST, so that it stands in no address: that keeps nothing.
    const isSave = requestConfig ? requestConfig.verb !== "get" && !elt.closest("[role=search]") : false;
    const main = document.querySelector("[data-signed-out]");
    if (status === 401 && !(isSave && main)) {
      location.reload();
      return;
    }
    if (!isSave) {
      const text = status === 429 ? xhr.responseText : words.loadFailed;
      showError(elt, text, { isSave, again: () => { clearError(elt); repeat(elt); } });
      return;
    }
    unsent.add(elt);
    hideSaved();
    const again = async () => {
      if (status === 401 || status === 403) await renewToken();
      sendAgain();
    };
    afterPress(() => {
      // A save that fails after the pressed button did must not take the note away from it.
      const place = pressed() || (elt.matches(".words") ? target : elt);
      if (status === 401) showError(place, main.dataset.signedOut, { isSave, again, signIn: signInLink(main) });
      else showError(place, words.saveFailed, { isSave, again });
    });
  }

  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.body.addEventListener(name, onFailure);
  }
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    clearError(event.detail.elt);
    if (event.detail.requestConfig.verb !== "get") hideSaved();
    event.detail.target.setAttribute("aria-busy", "true");
  });
  // Before anything of the answer is done: it may lead to another page, and nothing must warn then.
  document.body.addEventListener("htmx:beforeOnLoad", (event) => {
    const { elt, xhr } = event.detail;
    if (xhr.status === 401 || xhr.status === 403 || xhr.status >= 500) return;
    if (elt.matches("button")) unsent.clear();
    unsent.delete(elt);
    if (waiting().length === 0) clearSaveError();
    if (xhr.status === 200 && elt.matches("[hx-trigger^=change]")) afterPress(() => onKept(elt));
  });

  /* ---------- What is wrong leaves when it is mended. The focus stays where the person is ---------- */

  /** Take away what a part of the page says to be wrong in it, there and in the summary. */
  function mend(part) {
    const field = document.activeElement;
    const before = field.getBoundingClientRect().top;
    [part, ...part.querySelectorAll("[aria-invalid]")].forEach((element) => element.removeAttribute("aria-invalid"));
    part.querySelectorAll(".field-error").forEach((message) => {
      for (const element of message.id ? part.querySelectorAll(`[aria-describedby~="${message.id}"]`) : []) {
        const others = element.getAttribute("aria-describedby").split(/\s+/).filter((id) => id !== message.id);
        if (others.length) element.setAttribute("aria-describedby", others.join(" "));
        else element.removeAttribute("aria-describedby");
      }
      message.remove();
    });
    document.querySelectorAll(".error-summary li a[href^='#']").forEach((link) => {
      const place = document.getElementById(decodeURIComponent(link.hash.slice(1)));
      if (place && part.contains(place)) leaveSummary(link.closest("li"));
    });
    // What is above the finger went away: the page must not jump from under it.
    if (field.isConnected) window.scrollBy(0, field.getBoundingClientRect().top - before);
  }

  function leaveSummary(line) {
    const summary = line.closest(".error-summary");
    line.remove();
    if (summary.querySelector("li")) return;
    summary.remove();
    if (document.querySelector(".error-summary")) return;
    const title = document.title.trim();
    if (title.startsWith(words.problem)) document.title = title.slice(words.problem.length).trim();
  }

  /** A part that saves itself was read by the server without a fault; where any answer was missing, here is one. */
  function onKept(part) {
    const isAny = document.querySelector(".error-summary[data-any]");
    const whole = (isAny && part.closest("form")) || part;
    const missing = [...whole.querySelectorAll("[data-needed-by]")].filter(
      (field) => !field.value && field.form.elements[field.dataset.neededBy].value,
    );
    // What may be missing while it is written is missing until it is there.
    const pieces = missing.length ? whole.querySelectorAll("fieldset, textarea, .stack > div") : [whole];
    [...pieces].filter((piece) => !missing.some((field) => piece.contains(field))).forEach(mend);
  }

  /** Return the part that shows what is wrong with a field, if it is about no other field. */
  function wrongPart(field) {
    let part = field.parentElement;
    while (part && !part.matches("form, main") && !part.querySelector(".field-error")) part = part.parentElement;
    if (!part || part.matches("form, main")) return null;
    const names = new Set([...part.querySelectorAll("[name]")].map((one) => one.name));
    return names.size === 1 ? part : null;
  }

  // Forms that do not save themselves: what the browser can check counts, until the server looks again.
  for (const name of ["input", "change"]) {
    document.addEventListener(name, ({ target }) => {
      if (!target.name || target.closest("[hx-trigger^=change]") || !document.querySelector(".field-error")) return;
      const part = wrongPart(target);
      if (part && target.validity.valid && (target.value.trim() || !target.required)) mend(part);
    });
  }

  if (isPatientPage) {
    window.addEventListener("online", sendAgain);
    window.addEventListener("beforeunload", (event) => {
      if (waiting().length > 0) event.preventDefault();
    });
  }
  document.body.addEventListener("htmx:afterRequest", (event) => {
    event.detail.target.removeAttribute("aria-busy");
  });

  /* ---------- When a tap was sent, by the server's clock: what was overtaken on the way must not undo what is newer ---- */

  const made = document.querySelector("[data-made-at]");
  // When each field was answered. A save that is tried again keeps these times: another window may be newer by then.
  const answeredAt = new Map();
  let now = () => 0;

  function noteAnswer(field) {
    if (made && field.name) answeredAt.set(field.name, now());
  }

  if (made) {
    // The page was made just before it came. One clock stands still while a phone sleeps, the other may be set.
    const [navigation] = performance.getEntriesByType("navigation");
    const came = navigation ? navigation.responseStart : performance.now();
    const offset = Date.now() - performance.now();
    const madeAt = Number(made.dataset.madeAt);
    now = () => madeAt + (Math.max(performance.now(), Date.now() - offset) - came) / 1000;
    for (const name of ["input", "change"]) {
      document.addEventListener(name, (event) => noteAnswer(event.target), true);
    }
    document.body.addEventListener("htmx:configRequest", (event) => {
      event.detail.headers["X-Sent-At"] = String(now());
      if (answeredAt.size) event.detail.headers["X-Answered-At"] = JSON.stringify(Object.fromEntries(answeredAt));
    });
    // Another page has other fields.
    document.body.addEventListener("htmx:afterSwap", (event) => {
      if (event.detail.target === document.body) answeredAt.clear();
    });
  }

  /* ---------- Check-in: what follows a tap at once, whatever the line does ---------- */

  /** Show the words of the chosen number; the server's answer adds that it is saved. */
  function showWords(label) {
    const page = label.closest("[hx-target]");
    const box = page && document.querySelector(page.getAttribute("hx-target"));
    if (!box) return;
    const number = document.createElement("b");
    number.className = "digits";
    number.textContent = label.querySelector("input").value;
    const text = document.createElement("span");
    text.textContent = label.querySelector(".answer-words").textContent;
    box.replaceChildren(number, text);
  }

  /** "None of these" and a symptom exclude each other: the newer tap counts. */
  function untickOthers(tick) {
    const others = tick.name === "no_symptoms" ? "[name^=has_]" : "[name=no_symptoms]";
    tick.form.querySelectorAll(others).forEach((other) => {
      if (other.checked) noteAnswer(other);
      other.checked = false;
    });
  }

  /** Keep for a year how the person likes a page to look; the server reads it. Nothing about health. */
  function keepLook(name, value) {
    const secure = location.protocol === "https:" ? "; secure" : "";
    document.cookie = `${name}=${value}; path=/; max-age=31536000; samesite=lax${secure}`;
  }

  document.addEventListener("change", ({ target }) => {
    if (target.id === "as-list") keepLook("numbers", target.checked ? "list" : "line");
  });

  // On the way down, so that what htmx sends on the way up is right already.
  document.addEventListener("change", (event) => {
    const label = event.target.closest(".scale label");
    if (label) showWords(label);
    if (event.target.checked && event.target.matches("[name=no_symptoms], [name^=has_]")) untickOthers(event.target);
  }, true);

  /* ---------- Focus after a swap: data-focus on the target names what is read next ---------- */

  document.body.addEventListener("htmx:afterSettle", (event) => {
    const selector = event.detail.target.dataset.focus;
    const next = selector && event.detail.target.querySelector(selector);
    if (!next) return;
    if (!next.matches("a, button, input, select, textarea")) next.tabIndex = -1;
    next.focus();
  });

  /* ---------- Back on the team's pages: the place, and the link that was followed ---------- */

  const team = document.querySelector(".team #main");
  // The address of a link and where it stood: kept in this entry of the history and nowhere else.
  let left = null;

  const keepLeft = () => history.replaceState({ ...history.state, left }, "");

  function leave(event) {
    const link = event.target.closest("#main a[href]:not([href^='#'])");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    left = { href: link.getAttribute("href"), top: link.getBoundingClientRect().top, at: scrollY };
    history.scrollRestoration = "manual";
    keepLeft();
  }

  function comeBack() {
    const was = history.state && history.state.left;
    history.scrollRestoration = was ? "manual" : "auto";
    if (!was) return;
    const link = [...team.querySelectorAll("a[href]")].find((one) => one.getAttribute("href") === was.href);
    scrollTo(0, was.at);
    if (!link) return;
    link.focus({ preventScroll: true });
    const stand = () => scrollBy(0, link.getBoundingClientRect().top - was.top);
    stand();
    // Letters that arrive later break lines elsewhere; whoever has scrolled on meanwhile is left alone.
    const at = scrollY;
    document.fonts.ready.then(() => { if (scrollY === at) stand(); });
  }

  if (team) {
    document.addEventListener("click", leave, true);
    // htmx writes over this entry before it adds the next.
    document.body.addEventListener("htmx:beforeHistoryUpdate", () => { if (left) keepLeft(); });
    document.body.addEventListener("htmx:pushedIntoHistory", () => {
      left = null;
      history.scrollRestoration = "auto";
    });
    // htmx would do the same, but for writing over the entry first.
    window.addEventListener("popstate", (event) => {
      if (!event.state || !event.state.htmx) return;
      event.stopImmediatePropagation();
      location.reload();
    });
    comeBack();
  }

  /* ---------- Full-page forms: an error summary takes the focus ---------- */

  const summary = document.querySelector(".error-summary");
  if (summary) {
    summary.tabIndex = -1;
    summary.focus();
  }

  /* ---------- Without a connection: a page with the clinic's numbers ---------- */

  if ("serviceWorker" in navigator) {
    // A browser that refuses loses that page and nothing else.
    window.addEventListener("load", () => navigator.serviceWorker.register(words.worker).catch(() => {}));
  }

  /* ---------- Forms that apply themselves ---------- */

  document.querySelectorAll("[data-apply]").forEach((button) => {
    button.hidden = true;
  });

  /* ---------- Messages leave after a while; errors stay ---------- */

  function letMessagesLeave() {
    document.querySelectorAll(".messages > :not(.error, .warning)").forEach((message) => {
      setTimeout(() => message.remove(), 6000);
    });
  }

  letMessagesLeave();
  document.body.addEventListener("htmx:oobAfterSwap", letMessagesLeave);

  /* ---------- Dark or light ---------- */

  document.querySelectorAll("[data-theme-switch]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => {
      const isDark = getComputedStyle(root).colorScheme === "dark";
      root.dataset.theme = isDark ? "light" : "dark";
      keepLook(button.dataset.cookie, root.dataset.theme);
    });
  });

  /* ---------- Keys of the team pages; one tick switches them off ---------- */

  const keys = document.getElementById("keys");
  if (!keys) return;
  const keysSwitch = keys.querySelector("[data-keys-switch]");
  keysSwitch.checked = localStorage.getItem("keys") !== "off";
  keysSwitch.addEventListener("change", () => {
    localStorage.setItem("keys", keysSwitch.checked ? "on" : "off");
  });

  document.querySelectorAll("[data-show-keys]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => keys.showModal());
  });

  /** Move the focus to the row before or after the one that has it. */
  function step(by) {
    const rows = [...document.querySelectorAll("[data-row]")];
    const here = rows.indexOf(document.activeElement);
    const next = here < 0 ? rows[by > 0 ? 0 : rows.length - 1] : rows[here + by];
    if (next) next.focus();
  }

  function focusFirst(selector) {
    const element = document.querySelector(selector);
    if (!element) return false;
    element.focus();
    return true;
  }

  const ACTIONS = {
    "/": () => focusFirst("[data-find]"),
    j: () => step(1),
    k: () => step(-1),
    r: () => focusFirst("[data-record]"),
    "?": () => keys.showModal(),
  };

  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.closest("input, select, textarea, dialog, [contenteditable]");
    const action = ACTIONS[event.key];
    if (!action || isTyping || !keysSwitch.checked || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    action();
  });
})();
