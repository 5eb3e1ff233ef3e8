// Claims the open story while its moderator is there: soon after it was opened, and again before the claim lapses.
const AGAIN = 45_000; // milliseconds; a claim lapses after two minutes of silence
const GLANCE = 400; // a decision within it is quicker than a colleague could hear of the claim

export class DeskClaim {
  constructor(desk) {
    this.desk = desk;
    this.repeating = setInterval(() => this.send(), AGAIN);
    addEventListener("load", () => this.send(), { once: true });
  }

  stop() {
    clearInterval(this.repeating);
    clearTimeout(this.opening);
  }

  soon() {
    clearTimeout(this.opening);
    this.opening = setTimeout(() => this.send(), GLANCE);
  }

  send() {
    const claim = this.desk.querySelector(".desk-claim");
    if (claim?.checkVisibility() && document.visibilityState === "visible") htmx.trigger(claim, "claim");
  }
}
