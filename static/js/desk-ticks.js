// The stories of the list that are ticked. They are kept apart from their boxes, as a tick may come while htmx is about to
// replace these.
const BOX = ".queue-tick input";

export class DeskTicks {
  constructor(desk) {
    this.desk = desk;
    this.ticked = new Set();
    desk.addEventListener("change", ({ target }) => target.matches(BOX) && this.note(target));
    desk.addEventListener("click", (event) => event.target.closest("[data-tick-all]") && this.tickAll(event));
    this.restore();
  }

  get boxes() {
    return [...this.desk.querySelectorAll(BOX)];
  }

  get isWhole() {
    return this.boxes.every((box) => box.checked);
  }

  note(box) {
    this.ticked[box.checked ? "add" : "delete"](box.value);
    this.nameLink();
  }

  // All on the page, or none where all are ticked.
  tickAll(event) {
    event.preventDefault();
    const wanted = !this.isWhole;
    for (const box of this.boxes) {
      box.checked = wanted;
      this.note(box);
    }
  }

  // In a list that was drawn anew. The server ticks stories too: those of a decision that was refused or undone, or of a
  // letter that is given back after signing in; and so does a browser that goes back to this page.
  restore() {
    for (const box of this.boxes) box.checked ||= this.ticked.has(box.value);
    this.ticked = new Set(this.boxes.filter((box) => box.checked).map((box) => box.value));
    this.nameLink();
  }

  nameLink() {
    const link = this.desk.querySelector("[data-tick-all]");
    if (link) link.textContent = this.isWhole ? link.dataset.none : link.dataset.all;
  }
}
