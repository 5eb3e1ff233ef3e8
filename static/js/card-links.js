// A card on the wall opens its story wherever the paper is pressed: not where something else is to be pressed, and not
// at the end of a selection. “Copy the link” shows the address where the browser does not let it be copied.
const form = document.getElementById("reaction-form");
const toasts = document.getElementById("toasts");
const PRESSABLE = "a, button, input, textarea, summary, label, [popover]";
const DOUBLE_CLICK = 250; // milliseconds
const PATIENCE = 1000; // milliseconds until the clipboard counts as closed
let opening;

document.addEventListener("click", (event) => {
  const copy = event.target.closest?.("a[data-copy]");
  if (copy && toasts && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    return copyLink(copy.href);
  }
  const card = event.target.closest?.("#notes > .note");
  if (!card || event.defaultPrevented || event.target.closest(PRESSABLE)) return;
  clearTimeout(opening); // a second click selects a word
  const patience = event.target.closest(".note-body") ? DOUBLE_CLICK : 0;
  if (event.detail < 2) opening = setTimeout(openStory, patience, card, event);
});

function openStory(card, { ctrlKey, metaKey, shiftKey }) {
  if (String(getSelection())) return;
  const click = new MouseEvent("click", { bubbles: true, cancelable: true, ctrlKey, metaKey, shiftKey });
  card.querySelector(".note-open").dispatchEvent(click);
}

const rejectAfter = (time) => new Promise((_, reject) => setTimeout(reject, time));

export async function copyLink(address) {
  const toast = Object.assign(document.createElement("div"), { className: "toast", textContent: form.dataset.copied });
  try {
    await Promise.race([navigator.clipboard.writeText(address), rejectAfter(PATIENCE)]);
  } catch {
    const field = Object.assign(document.createElement("input"), { value: address, readOnly: true });
    field.setAttribute("aria-label", form.dataset.address);
    toast.replaceChildren(form.dataset.address, field);
    field.addEventListener("blur", () => toast.remove());
    toasts.append(toast);
    return field.select();
  }
  toasts.append(toast);
}
