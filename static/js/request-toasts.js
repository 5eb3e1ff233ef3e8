// An error page is not put into the page (htmx-config, noSwap): what was typed stays, and a toast explains. The
// composer shows its own errors.
const toasts = document.getElementById("toasts");
const { later, stale } = toasts?.dataset ?? {}; // a public page has no toasts
const showsOwnErrors = (element) => element.closest?.("story-composer");

let toast; // the latest, and the element whose request it is about
let failed;

function showToast(words, element) {
  toast?.remove();
  toast = Object.assign(document.createElement("div"), { className: "toast toast-error", textContent: words });
  failed = element;
  toasts?.append(toast);
}

document.addEventListener("htmx:after:request", (event) => {
  const status = event.detail.ctx?.response?.status;
  if (showsOwnErrors(event.target)) return;
  if (status === 403) showToast(stale, event.target);
  else if (status >= 500 || [400, 404, 405, 413, 429].includes(status)) showToast(later, event.target);
  else if (status && event.target === failed) toast.remove();
});
document.addEventListener("htmx:error", ({ target }) => showsOwnErrors(target) || showToast(later, target));
