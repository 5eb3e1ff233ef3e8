// The keyboard's place in a list that is about to be drawn anew.
const STOPS = "a, button, input, summary";

// Return a function that leads back to it in the new list; nothing, where the keyboard is elsewhere.
export function focusPlace(list) {
  const { activeElement } = document;
  if (!list.contains(activeElement)) return () => {};
  const row = activeElement.closest(".queue-row")?.id;
  const index = stops(list, row).indexOf(activeElement);
  return (fresh) => stops(fresh, row)[index]?.focus({ preventScroll: true });
}

// Those of a row, or all that are in none.
function stops(list, row) {
  return [...list.querySelectorAll(STOPS)].filter((one) => one.closest(".queue-row")?.id === row);
}
