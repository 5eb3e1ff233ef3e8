// The place in the list: the story that is open, or the one that was asked for last. Of a fast reader's stories those passed
// arrive too, each with its list, in any order and at any moment.
const PATIENCE = 1000; // milliseconds until a story is asked for again
const MOST_ASKED = 3; // times; the server may open another story

export class DeskPlace {
  constructor(desk) {
    this.desk = desk;
  }

  stop() {
    clearTimeout(this.waiting);
  }

  get current() {
    return this.desk.querySelector(".queue-link[aria-current]");
  }

  // The link of the story that was asked for last, until it is open.
  get way() {
    const row = this.wanted && document.getElementById(this.wanted);
    return row && row.dataset.pk !== this.desk.open?.dataset.pk ? row.querySelector(".queue-link") : null;
  }

  get link() {
    return this.way ?? this.current;
  }

  follow(link) {
    const { id } = link.closest(".queue-row");
    if (id !== this.wanted) this.asked = 0;
    this.wanted = id;
  }

  forget() {
    delete this.wanted;
  }

  // That story did not come: the one that is open is the place again.
  lose(link) {
    if (!this.way || link.closest?.(".queue-row")?.id !== this.wanted) return;
    this.forget();
    this.mark(document.querySelector(`#story-${this.desk.open?.dataset.pk}-row .queue-link`));
  }

  // The place stays where the last press led.
  stay() {
    const link = this.way;
    if (!link) return;
    this.mark(link);
    link.focus({ preventScroll: true });
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.ask(), PATIENCE);
  }

  // htmx forgets a request whose list has been replaced meanwhile, so it is sent again.
  ask() {
    const link = this.way;
    if (!link) return;
    this.asked += 1;
    if (this.asked > MOST_ASKED) return this.forget();
    htmx.process(link);
    link.click();
  }

  mark(link) {
    if (!link) return;
    this.current?.removeAttribute("aria-current");
    link.setAttribute("aria-current", "true");
  }
}
