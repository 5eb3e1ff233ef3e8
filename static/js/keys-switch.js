// The switch for single keys of a visitor, who has no account: it holds in this browser, or else for this page.
import { readStored, store } from "./stored.js";

const KEPT = "kindwall-single-keys";
const keys = document.querySelector("wall-keys");
const button = keys?.querySelector("[data-off]");

function show(on) {
  keys.toggleAttribute("enabled", on);
  button.textContent = button.dataset[on ? "off" : "on"];
}

if (button) {
  show(readStored("localStorage", KEPT) !== "off");
  button.addEventListener("click", () => {
    const on = !keys.hasAttribute("enabled");
    show(on);
    store("localStorage", KEPT, on ? "on" : "off");
  });
}
