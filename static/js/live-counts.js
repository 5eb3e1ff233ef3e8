// Writes the counts of stories into the open page: those that the stream brings, and never older ones.
export class LiveCounts {
  constructor(wall, find) {
    this.find = find; // by id
    this.newest = new Map(); // by story: the newest counts of the stream, and when they came
    this.sent = new WeakMap(); // by request: when it was sent
    wall.addEventListener("counts", (event) => this.receive(JSON.parse(event.detail.data)));
    wall.addEventListener("htmx:before:request", ({ detail }) => this.sent.set(detail.ctx, performance.now()));
    wall.addEventListener("htmx:after:swap", ({ detail }) => this.applyNewer(detail.ctx));
  }

  receive(stories) {
    for (const [pk, counts] of Object.entries(stories)) {
      this.newest.set(pk, { counts, at: performance.now() });
      this.write(pk, counts);
    }
  }

  write(pk, counts) {
    for (const [key, count] of Object.entries(counts)) {
      const shown = this.find(`story-${pk}-${key}-count`);
      if (!shown || shown.dataset.count === String(count)) continue;
      shown.textContent = shown.dataset.count = count;
      shown.classList.add("count-bumped");
      shown.addEventListener("animationend", () => shown.classList.remove("count-bumped"), { once: true });
    }
  }

  // The response to a press was rendered before it was sent. Counts that the stream brought meanwhile are newer, or
  // a message with this press included will follow.
  applyNewer(ctx) {
    const [, pk] = ctx?.sourceElement?.id.match(/^story-(\d+)-/) ?? [];
    const newest = this.newest.get(pk);
    if (newest?.at > this.sent.get(ctx)) this.write(pk, newest.counts);
  }
}
