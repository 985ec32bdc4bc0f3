/*
 * Lets this browser be told that something needs a look: asks for leave, then tells the server where it can be reached.
 * Needs the service worker that stands before every page. Without scripts mail comes all the same.
 */
"use strict";

(() => {
  const form = document.querySelector("[data-push-key]");
  if (!form || !("serviceWorker" in navigator) || !("PushManager" in window) || !("Notification" in window)) return;
  const refused = form.querySelector("[data-refused]");
  form.hidden = false;
  document.querySelector("[data-push-none]").hidden = true;

  /** The server's key as bytes: it comes as base64 for addresses. */
  function bytes(text) {
    const raw = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(raw, (sign) => sign.charCodeAt(0));
  }

  async function allow() {
    if ((await Notification.requestPermission()) !== "granted") return false;
    const worker = await navigator.serviceWorker.ready;
    // A subscription of an older key would be refused by the service.
    const known = await worker.pushManager.getSubscription();
    if (known) await known.unsubscribe();
    const options = { userVisibleOnly: true, applicationServerKey: bytes(form.dataset.pushKey) };
    const { endpoint, keys } = (await worker.pushManager.subscribe(options)).toJSON();
    const body = new FormData(form);
    body.set("address", endpoint);
    body.set("key", keys.p256dh);
    body.set("secret", keys.auth);
    return (await fetch(form.action, { method: "POST", body: new URLSearchParams(body) })).ok;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    refused.hidden = true;
    const isAllowed = await allow().catch(() => false);
    if (isAllowed) location.reload();
    else refused.hidden = false;
  });
})();
