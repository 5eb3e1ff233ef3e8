// Gives cards that arrive at the top a row of their own, which fills from its end, so that every other note keeps its
// place and its size. The room that is left in the row holds a sheet for the next story.
const notes = document.getElementById("notes");
const sheet = document.getElementById("wall-room");
const HOLE = 120; // pixels of bare wall
const NEARLY = 2; // pixels by which places may be wider together

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

// A card stands behind the room of the row that others have begun, as long as the places that it takes are left there,
// and it is not so much taller or shorter than the others that bare wall would show below.
function fits(card) {
  const room = card.previousElementSibling;
  if (!room) return false;
  const style = getComputedStyle(notes.parentElement);
  const gap = parseFloat(style.columnGap);
  const width = notes.parentElement.clientWidth + gap;
  const row = [card];
  while (row.at(-1).nextElementSibling.matches(".note")) row.push(row.at(-1).nextElementSibling);
  const left = row.reduce((rest, one) => rest - one.offsetWidth - gap, width);
  const heights = row.map((one) => one.offsetHeight);
  if (left < -NEARLY || Math.max(...heights) - Math.min(...heights) > HOLE) return false;
  const places = Number(style.getPropertyValue("--places"));
  if (left < width / places - NEARLY) room.remove();
  return true;
}
