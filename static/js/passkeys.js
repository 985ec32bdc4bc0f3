/*
 * Joins our forms to the passkey functions of django-allauth: a form with data-passkey names the function, its other
 * data attributes name the elements. Without scripts, or without passkeys in the browser, the form stays hidden.
 */
"use strict";

document.addEventListener("DOMContentLoaded", () => {
  const forms = document.querySelectorAll("[data-passkey]");
  if (!window.PublicKeyCredential) return;

  for (const form of forms) {
    const { passkey, failed, ...ids } = form.dataset;
    form.hidden = false;
    window.allauth.webauthn.forms[passkey]({ ids });
    document.addEventListener("allauth.error", (event) => {
      event.preventDefault();
      const note = form.querySelector(".request-error") || document.createElement("p");
      note.className = "request-error";
      note.setAttribute("role", "alert");
      note.textContent = failed;
      form.append(note);
    });
  }
});
