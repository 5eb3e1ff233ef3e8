// A card is one stop for the tab key. Enter or an arrow key leads to the actions in it, arrow keys from one to the next,
// and Escape back to the card. Without this script each action is a stop, as usual.
const notes = document.getElementById("notes");
const ACTIONS = "a[href], button";
const STEPS = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };

function stop(card) {
  if (card.tabIndex) card.tabIndex = 0;
  for (const action of card.querySelectorAll(ACTIONS)) if (action.tabIndex !== -1) action.tabIndex = -1;
}

function move(event) {
  const { key, target } = event;
  const card = target.closest(".note");
  if (!card || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  const actions = [...card.querySelectorAll(ACTIONS)].filter((one) => one.checkVisibility());
  if (target === card) {
    // The arrows up and down scroll the page until somebody is in the card.
    if (!["Enter", "ArrowRight"].includes(key)) return;
    actions[0]?.focus();
  } else if (key === "Escape") card.focus({ preventScroll: true });
  else if (key in STEPS) actions[(actions.indexOf(target) + STEPS[key] + actions.length) % actions.length].focus();
  else return;
  event.preventDefault();
}

function stopAll() {
  for (const card of notes.querySelectorAll(":scope > .note")) stop(card);
}

if (notes) {
  stopAll();
  notes.addEventListener("keydown", move);
  // At once, for the focus that a card takes over from another.
  for (const name of ["card-added", "card-replaced"]) notes.addEventListener(name, ({ detail }) => stop(detail.card));
  notes.addEventListener("page-added", stopAll);
  // A search brings cards, and a press brings buttons.
  new MutationObserver((changes) => {
    for (const card of new Set(changes.map(({ target }) => target.closest?.("#notes > .note")))) if (card) stop(card);
    for (const { addedNodes } of changes) for (const node of addedNodes) if (node.matches?.("#notes > .note")) stop(node);
  }).observe(notes, { childList: true, subtree: true });
}
