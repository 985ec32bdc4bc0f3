{% load i18n static %}{% get_current_language as LANGUAGE_CODE %}
/*
 * Stands between the pages and the network. It keeps static files and one page with the clinic's numbers, and shows
 * that page when there is no connection. It never keeps anything else: no page with health data, no answer to a form.
 * To who allowed it, it shows that something needs a look.
 */
"use strict";

const OFFLINE = "{% url 'offline_page' %}";
const START = "{% url 'home' %}";
// These answers clear what the browser keeps, this worker too: Safari would wait for ever for an answer through it.
const SIGN_OUTS = ["{% url 'account_logout' %}", "{% url 'sign_out_everywhere' %}"];
// Where a message that something needs a look leads.
const ALERTS = "{% url 'alert_queue' %}";
const ICON = "{% static 'img/favicon.svg' %}";
const STATIC = "{% get_static_prefix %}";
// Another look or another language is another name: what older workers kept is thrown away.
const LOOK = "{% static 'css/base.css' %}:{% static 'css/patient.css' %}";
const CACHE = `tidemark:{{ LANGUAGE_CODE }}:${LOOK}`;

/** Keep the offline page as it is now, with the files that it names. */
async function keepOfflinePage() {
  const cache = await caches.open(CACHE);
  const page = await fetch(OFFLINE, { cache: "no-store" });
  if (!page.ok || page.redirected) return;
  const html = await page.clone().text();
  const files = [...html.matchAll(/(?:href|src)="([^"#]+)"/g)].map((match) => match[1]);
  await cache.put(OFFLINE, page);
  await cache.addAll([...new Set(files.filter((file) => file.startsWith(STATIC)))]);
}

async function forgetOlder() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** Static files carry their checksum in the name, so that a kept one is never stale. */
async function fromCacheFirst(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) (await caches.open(CACHE)).put(request, answer.clone());
  return answer;
}

async function orOfflinePage(request) {
  try {
    const answer = await fetch(request);
    // What stands in our place while we are away leads here, for the clinic's numbers.
    const isAway = answer.status >= 500 && new URL(request.url).pathname === OFFLINE;
    return (isAway && (await caches.match(OFFLINE))) || answer;
  } catch (problem) {
    const kept = await caches.match(OFFLINE);
    if (kept) return kept;
    throw problem;
  }
}

/** Show the one sentence that the team is sent. It names nobody; what it is about stands on the page. */
async function show(message) {
  const { text, urgent } = message.json();
  const options = { tag: urgent ? "urgent" : "alert", renotify: true, requireInteraction: urgent, icon: ICON };
  await self.registration.showNotification(text, options);
}

/** Open the alerts, in a window that is there already if it shows them. */
async function openAlerts() {
  const windows = await self.clients.matchAll({ type: "window" });
  const shown = windows.find((page) => new URL(page.url).pathname === ALERTS);
  await (shown ? shown.focus() : self.clients.openWindow(ALERTS));
}

self.addEventListener("push", (event) => event.waitUntil(show(event.data)));

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(openAlerts());
});

self.addEventListener("install", (event) => {
  self.skipWaiting();
  event.waitUntil(keepOfflinePage());
});

self.addEventListener("activate", (event) => event.waitUntil(forgetOlder()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== self.location.origin || SIGN_OUTS.includes(url.pathname)) return;
  if (request.mode === "navigate") {
    event.respondWith(orOfflinePage(request));
    // The home page is where a day begins: by then the clinic may have other numbers, or the person another clinic.
    if (url.pathname === START) event.waitUntil(keepOfflinePage().catch(() => {}));
  } else if (request.method === "GET" && url.pathname.startsWith(STATIC)) {
    event.respondWith(fromCacheFirst(request));
  }
});
