// Marks the card at which the last visit began, on the wall with its newest stories first. A visit is one tab’s: to open
// a story and come back does not begin another.
import { readStored, store } from "./stored.js";

const notes = document.getElementById("notes");
const wall = document.getElementById("wall");
const SEEN = `kindwall-seen:${location.pathname}`;
const began = readStored("sessionStorage", SEEN) ?? readStored("localStorage", SEEN);

const isBeginning = () => !wall.dataset.asked && !wall.hasAttribute("older");
const newest = () => notes.querySelector(":scope > .note");
const placeOf = (card) => ({ moment: Number(card.dataset.moment), pk: Number(card.id.split("-")[1]) });
const isPlace = (value) => Number.isFinite(value?.moment) && Number.isFinite(value?.pk);
const isNewer = (one, other) => one.moment > other.moment || (one.moment === other.moment && one.pk > other.pk);

function mark() {
  if (!isBeginning() || !isPlace(began) || notes.querySelector(".note-last-visit")) return;
  store("sessionStorage", SEEN, began);
  const seen = [...notes.querySelectorAll(":scope > .note")].find((card) => !isNewer(placeOf(card), began));
  if (!seen || seen === newest()) return;
  const line = { className: "note-last-visit", textContent: wall.dataset.lastVisit };
  seen.prepend(Object.assign(document.createElement("p"), line));
}

function remember() {
  const first = newest();
  const seen = readStored("localStorage", SEEN);
  if (!isBeginning() || !first || (isPlace(seen) && !isNewer(placeOf(first), seen))) return;
  store("localStorage", SEEN, placeOf(first));
}

if (notes && wall) {
  mark();
  notes.addEventListener("page-added", mark);
  addEventListener("pagehide", remember);
}
