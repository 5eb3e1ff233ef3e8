// Makes a change to the notes, and animates each from its old place to the new one. Animations add up, so a second
// change within the same second does not make a note jump.
const GLIDE = { duration: 800, easing: "cubic-bezier(.3, .8, .3, 1)" };

export function glide(notes, change) {
  if (still.matches) return change();
  const before = new Map([...notes.children].map((note) => [note, place(note)]));
  change();
  for (const [note, was] of before) {
    if (!note.isConnected || note.matches(".note-leaving")) continue;
    const now = place(note);
    const [x, y] = [was.x - now.x, was.y - now.y];
    if (!x && !y) continue;
    const wrapped = x * y < 0 && Math.abs(x) > note.offsetWidth;
    const from = wrapped ? { opacity: 0 } : { translate: `${x}px ${y}px`, composite: "add" };
    note.animate([from, wrapped ? { opacity: 1 } : { translate: "0 0", composite: "add" }], GLIDE);
  }
}

const still = matchMedia("(prefers-reduced-motion: reduce)");
const place = (note) => ({ x: note.offsetLeft, y: note.offsetTop });
