// Leads back to the same card after a story was read or the page was loaded anew, and marks the card at which the last
// visit began. Places are stories, not pixels: what has arrived since then has moved the pixels.
const notes = document.getElementById("notes");
const wall = document.getElementById("wall");
const PLACE = `kindwall:place:${location.pathname}${location.search}`;
const SEEN = `kindwall:seen:${location.pathname}`;
const TOP = 160; // pixels from which somebody reads further down

const cards = () => [...notes.children].filter((one) => one.matches(".note"));
const cursor = (card) => ({ moment: Number(card.dataset.moment), pk: Number(card.id.split("-")[1]) });
const isNewer = (one, other) => one.moment > other.moment || (one.moment === other.moment && one.pk > other.pk);

// The storage of a browser may be closed, full, or hold something else.
function read(storage, name) {
  try {
    return JSON.parse(window[storage].getItem(name));
  } catch {
    return null;
  }
}

function write(storage, name, value) {
  try {
    window[storage].setItem(name, JSON.stringify(value));
  } catch {} // then nothing is remembered
}

function remember() {
  const card = scrollY > TOP && cards().find((one) => one.getBoundingClientRect().bottom > TOP);
  write("sessionStorage", PLACE, card ? { id: card.id, top: Math.round(card.getBoundingClientRect().top) } : null);
  const [first] = cards();
  const seen = read("localStorage", SEEN);
  if (!isWhole() || !first) return;
  if (!isCursor(seen) || isNewer(cursor(first), seen)) write("localStorage", SEEN, cursor(first));
}

function restore() {
  const [entry] = performance.getEntriesByType("navigation");
  const place = read("sessionStorage", PLACE);
  if (!["back_forward", "reload"].includes(entry?.type) || typeof place?.id !== "string") return;
  const card = document.getElementById(place.id);
  if (!card) return;
  history.scrollRestoration = "manual";
  const settle = () => scrollBy({ top: card.getBoundingClientRect().top - place.top, behavior: "instant" });
  settle();
  // Cards that were far below get their true height when they are near.
  requestAnimationFrame(() => requestAnimationFrame(settle));
}

const isWhole = () => !wall.dataset.asked && !wall.hasAttribute("older");
const isCursor = (value) => Number.isFinite(value?.moment) && Number.isFinite(value?.pk);

// One visit is a tab's: to open a story and come back does not begin another.
function markLastVisit() {
  if (!isWhole()) return;
  const began = read("sessionStorage", SEEN) ?? read("localStorage", SEEN);
  if (!isCursor(began)) return;
  write("sessionStorage", SEEN, began);
  const seen = cards().find((card) => !isNewer(cursor(card), began));
  if (!seen || seen === cards()[0]) return;
  const mark = Object.assign(document.createElement("p"), { className: "note-last-visit", textContent: wall.dataset.lastVisit });
  seen.prepend(mark);
}

// The story's page leads on in the order and the filters of the wall from which it was opened.
function sendAlong({ target }) {
  const link = target.closest?.("#notes :is(.note-open, .note-more)");
  if (link && wall.dataset.asked) link.search = wall.dataset.asked;
}

if (notes && wall) {
  for (const press of ["click", "auxclick"]) document.addEventListener(press, sendAlong, { capture: true });
  markLastVisit();
  restore();
  addEventListener("pagehide", remember);
  addEventListener("pageshow", () => (history.scrollRestoration = "auto"));
}
