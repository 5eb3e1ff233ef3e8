// The address follows the page that is read, where others have been added to the first one, so that a reload or the way
// back begins on it.
const notes = document.getElementById("notes");
const TOP = 160; // pixels from which a card is read, as in same-card.js
const PAUSE = 150; // milliseconds without scrolling
let timer;

function follow() {
  // A search takes the place of all pages.
  if (!notes.querySelector(":scope > [data-page]")) return delete notes.dataset.page;
  let { page } = notes.dataset;
  for (const card of notes.querySelectorAll(":scope > .note")) {
    page = card.dataset.page ?? page;
    if (card.getBoundingClientRect().bottom > TOP) break;
  }
  if (page !== location.search) history.replaceState(history.state, "", page || location.pathname);
}

function followSoon() {
  clearTimeout(timer);
  timer = setTimeout(follow, PAUSE);
}

if (notes) addEventListener("scroll", followSoon, { passive: true });
