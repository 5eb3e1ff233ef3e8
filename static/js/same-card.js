// Leads back to the same card after a story was read, or the page was loaded anew. The place is a card, not a number of
// pixels: what has arrived since then has moved the pixels.
import { readStored, store } from "./stored.js";

const notes = document.getElementById("notes");
const TOP = 160; // pixels from which somebody reads further down
const place = () => `kindwall-place:${location.pathname}${location.search}`;
const topOf = (card) => card.getBoundingClientRect().top;

function remember() {
  const cards = [...notes.querySelectorAll(":scope > .note")];
  const card = scrollY > TOP && cards.find((one) => one.getBoundingClientRect().bottom > TOP);
  store("sessionStorage", place(), card ? { id: card.id, top: Math.round(topOf(card)) } : null);
}

function restore() {
  const [entry] = performance.getEntriesByType("navigation");
  const was = readStored("sessionStorage", place());
  const card = typeof was?.id === "string" && document.getElementById(was.id);
  if (!card || !["back_forward", "reload"].includes(entry?.type)) return;
  history.scrollRestoration = "manual"; // the browser goes by the pixels
  const settle = () => scrollBy({ top: topOf(card) - was.top, behavior: "instant" });
  settle();
  // Cards that were far below get their true height when they are near.
  requestAnimationFrame(() => requestAnimationFrame(settle));
}

if (notes) {
  restore();
  addEventListener("pagehide", remember);
  addEventListener("pageshow", () => (history.scrollRestoration = "auto"));
}
