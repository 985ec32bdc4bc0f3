/*
 * What pages gain when scripts run: errors beside the control, focus where reading goes on, shortcuts for staff.
 * Nothing here is needed: every link and form works without it. No health data is kept in the browser.
 */
"use strict";

(() => {
  const words = document.body.dataset;

  /* ---------- Requests that fail ---------- */

  function clearError(element) {
    const next = element.nextElementSibling;
    if (next && next.matches(".request-error")) next.remove();
  }

  /** Say beside the control that nothing was saved or loaded, and offer to repeat it. */
  function showError(element, isSave) {
    clearError(element);
    const note = document.createElement("div");
    note.className = "request-error";
    note.setAttribute("role", "alert");
    note.append(isSave ? words.saveFailed : words.loadFailed, " ");
    const again = document.createElement("button");
    again.type = "button";
    again.className = "btn s";
    again.textContent = words.tryAgain;
    again.addEventListener("click", () => repeat(element));
    note.append(again);
    element.after(note);
  }

  function repeat(element) {
    clearError(element);
    if (element.matches("[hx-trigger=change]")) element.dispatchEvent(new Event("change"));
    else if (element instanceof HTMLFormElement) element.requestSubmit();
    else element.click();
  }

  function onFailure(event) {
    const { elt, requestConfig, xhr } = event.detail;
    if (xhr && xhr.status === 401) {
      location.reload();
      return;
    }
    showError(elt, requestConfig ? requestConfig.verb !== "get" : false);
  }

  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.body.addEventListener(name, onFailure);
  }
  document.body.addEventListener("htmx:beforeRequest", (event) => {
    clearError(event.detail.elt);
    event.detail.target.setAttribute("aria-busy", "true");
  });
  document.body.addEventListener("htmx:afterRequest", (event) => {
    event.detail.target.removeAttribute("aria-busy");
  });

  /* ---------- Focus after a swap: data-focus on the target names what is read next ---------- */

  document.body.addEventListener("htmx:afterSettle", (event) => {
    const selector = event.detail.target.dataset.focus;
    const next = selector && event.detail.target.querySelector(selector);
    if (!next) return;
    if (!next.matches("a, button, input, select, textarea")) next.tabIndex = -1;
    next.focus();
  });

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
      const root = document.documentElement;
      const isDark = getComputedStyle(root).colorScheme === "dark";
      root.dataset.theme = isDark ? "light" : "dark";
      const secure = location.protocol === "https:" ? "; secure" : "";
      document.cookie = `${button.dataset.cookie}=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax${secure}`;
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
