// Claims the open story while its moderator reads it: after a moment with it or with the first key, and until they leave.
const DWELL = 2000; // milliseconds; whoever only passes by claims nothing
const AGAIN = 45_000; // a claim lapses after two minutes of silence

export class DeskClaim {
  constructor(desk) {
    this.desk = desk;
    this.repeating = setInterval(() => this.held && this.send(), AGAIN);
    this.leaving = () => this.release();
    addEventListener("pagehide", this.leaving);
    addEventListener("load", () => this.begin(), { once: true });
    for (const sign of ["keydown", "input"]) desk.addEventListener(sign, ({ target }) => this.take(target));
  }

  stop() {
    this.release();
    removeEventListener("pagehide", this.leaving);
    clearInterval(this.repeating);
    clearTimeout(this.dwelling);
  }

  get form() {
    const form = this.desk.querySelector(".desk-claim");
    return form?.checkVisibility() ? form : null;
  }

  // Another story is open, or the same one is drawn again.
  begin() {
    clearTimeout(this.dwelling);
    if (this.held && this.held.address === this.form?.action) return;
    this.release();
    this.dwelling = setTimeout(() => this.send(), DWELL);
  }

  // The first key or word about the open story.
  take(target) {
    if (!this.held && target.closest(".desk-item")) this.send();
  }

  send() {
    const { form } = this;
    if (!form || document.visibilityState !== "visible") return;
    clearTimeout(this.dwelling);
    this.held = { address: form.action, token: form.elements.csrfmiddlewaretoken.value };
    htmx.trigger(form, "claim");
  }

  // Sent even while the page goes away. After a decision nothing is left to be released.
  release() {
    if (!this.held) return;
    const left = new URLSearchParams({ csrfmiddlewaretoken: this.held.token, held: "0" });
    navigator.sendBeacon(this.held.address, left);
    delete this.held;
  }

  // The server ends a claim with the decision.
  decided() {
    clearTimeout(this.dwelling);
    delete this.held;
  }
}
