// An error page is not put into the page (htmx-config, noSwap): what was typed stays, and a toast explains. The
// composer shows its own errors.
const toasts = document.getElementById("toasts");
const { later, stale } = toasts?.dataset ?? {}; // a public page has no toasts
const showsOwnErrors = (element) => element.closest?.("story-composer");

function showToast(words) {
  const toast = Object.assign(document.createElement("div"), { className: "toast toast-error", textContent: words });
  toasts?.append(toast);
}

document.addEventListener("htmx:after:request", (event) => {
  const status = event.detail.ctx?.response?.status;
  if (showsOwnErrors(event.target)) return;
  if (status === 403) showToast(stale);
  else if (status >= 500 || [400, 404, 405, 413, 429].includes(status)) showToast(later);
});
document.addEventListener("htmx:error", (event) => showsOwnErrors(event.target) || showToast(later));
