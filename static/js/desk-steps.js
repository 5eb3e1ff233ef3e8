// Keys that go through the list and the open story, and decide nothing.
import { click } from "./desk-click.js";

export class DeskSteps {
  constructor({ desk, line }) {
    Object.assign(this, { desk, line });
  }

  step(by) {
    const { place, dataset } = this.desk;
    const links = [...this.desk.querySelectorAll(".queue-link")];
    if (!links.length) return this.line.write("empty");
    const at = links.indexOf(place.link);
    const to = links[Math.min(Math.max(at + by, 0), links.length - 1)];
    if (to === place.link) this.line.write(by > 0 ? "last" : "first");
    else if ("answering" in dataset) return this.line.write("sending");
    else {
      // At once, so that the next press counts from here.
      this.line.write();
      place.mark(to);
      click(to);
    }
    to.focus({ preventScroll: true });
    to.scrollIntoView({ block: "nearest" });
    return true;
  }

  // To the first word of the open story, or to the story that is marked in the list.
  read() {
    const { story, place } = this.desk;
    if (!story) return place.link ? click(place.link) : this.line.write("empty");
    story.scrollTo({ top: 0 });
    story.focus();
    return true;
  }

  // With nothing in focus, a browser would not know what to scroll.
  turn(by) {
    const { story } = this.desk;
    story?.scrollBy({ top: by * story.clientHeight * 0.9 });
    return Boolean(story);
  }
}
