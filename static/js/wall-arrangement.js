// Gives cards that arrive at the top a row of their own, which fills from its end, so that every other note keeps its
// place and its size. The room that is left in the row holds a sheet for the next story.
const notes = document.getElementById("notes");
const sheet = document.getElementById("wall-room");

document.addEventListener("card-added", ({ detail: { card } }) => {
  if (card.previousElementSibling?.matches(".note") || !card.nextElementSibling) return; // put back in between, or alone
  card.classList.add("note-arrived");
  if (fits(card)) return;
  const end = document.createElement("div");
  end.className = "notes-break";
  notes.prepend(sheet.content.firstElementChild.cloneNode(true), card, end);
});

document.addEventListener("card-replaced", ({ detail: { card } }) => {
  card.classList.toggle("note-arrived", Boolean(card.parentElement?.querySelector(`#${card.id} ~ .notes-break`)));
});

document.addEventListener("card-removed", () => {
  for (const end of notes.querySelectorAll(".notes-break")) {
    const before = end.previousElementSibling;
    if (end.nextElementSibling && before?.matches(".note")) continue;
    if (before?.matches(".note-room")) before.remove();
    end.remove();
  }
});

// A card stands behind the room of the row that others have begun, as long as a place is left there.
function fits(card) {
  const room = card.previousElementSibling;
  if (!room) return false;
  const gap = parseFloat(getComputedStyle(notes.parentElement).columnGap);
  let left = notes.parentElement.clientWidth + gap;
  for (let one = card; one.matches(".note"); one = one.nextElementSibling) left -= one.offsetWidth + gap;
  if (left < card.offsetWidth) room.remove();
  return left > -2; // places may be some hundredths of a pixel wider
}
