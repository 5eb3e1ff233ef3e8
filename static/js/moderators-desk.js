// A decision on its way, and the desk after it: the next story is open, and its reader begins at its top.
import { DeskClaim } from "./desk-claim.js";
import { DeskList } from "./desk-list.js";
import { DeskPlace } from "./desk-place.js";
import { DeskSight } from "./desk-sight.js";
import { showTab } from "./desk-tabs.js";
import { DeskTicks } from "./desk-ticks.js";
import { goOn } from "./next-story.js";

const DECISION = "form:not(.desk-claim, .desk-note, #desk-undo form)";

class ModeratorsDesk extends HTMLElement {
  connectedCallback() {
    this.place = new DeskPlace(this);
    this.ticks = new DeskTicks(this);
    this.list = new DeskList(this);
    this.claim = new DeskClaim(this);
    this.sight = new DeskSight(this);
    showTab(this);
    this.addEventListener("click", (event) => this.passOver(event), { capture: true });
    this.addEventListener("htmx:before:request", (event) => this.send(event));
    this.addEventListener("htmx:after:request", ({ target, detail }) => {
      if (target === this.sending) this.endSending();
      if (detail.ctx?.response?.status >= 400) this.place.lose(target);
    });
    this.addEventListener("htmx:error", ({ target }) => {
      this.endSending();
      this.showUndo(true);
      this.place.lose(target);
    });
    this.addEventListener("htmx:after:swap", ({ detail }) => detail.ctx?.target?.id === "desk" && this.showNext());
  }

  disconnectedCallback() {
    this.list.stop();
    this.place.stop();
    this.claim.stop();
    this.sight.stop();
  }

  get room() {
    return this.querySelector("#desk");
  }

  get open() {
    return this.querySelector(".desk-item");
  }

  // The open story, unless the list is shown in front of it.
  get story() {
    const story = this.querySelector(".desk-read");
    return story?.checkVisibility() ? story : null;
  }

  // A double click is one press: its second half would decide on the next story, whose button is in the same place.
  passOver(event) {
    if (event.detail < 2 || !event.target.closest("button, summary")) return;
    event.preventDefault();
    event.stopPropagation();
  }

  // While a decision is on its way, “undo” would mean the one before, and another story would take its place.
  send(event) {
    const { target } = event;
    if (target.matches(".queue-link")) return "answering" in this.dataset ? event.preventDefault() : this.place.follow(target);
    if (!target.matches(DECISION)) return;
    this.showUndo(false);
    if (!target.closest(".desk-pane")) return;
    this.sending = target;
    this.dataset.answering = "";
  }

  endSending() {
    delete this.sending;
    delete this.dataset.answering;
  }

  showNext() {
    if (!this.room) return; // the session has ended elsewhere: the page asks for a sign-in
    showTab(this);
    goOn(this);
    this.sight.follow();
    if (this.room.dataset.answered) this.claim.decided();
    this.claim.begin();
    this.announce();
    const wanted = this.querySelector("[aria-invalid=true], #desk[data-asked] #bulk textarea, #desk[data-asked] #bulk-whole");
    if (wanted?.checkVisibility()) {
      wanted.focus();
      return wanted.scrollIntoView({ block: "nearest" }); // clear of what stays below a letter
    }
    const story = this.querySelector(".desk-read");
    if (story?.getBoundingClientRect().top < 0) scrollTo(0, 0);
    this.place.current?.scrollIntoView({ block: "nearest" });
    if (document.activeElement === document.body) story?.focus({ preventScroll: true });
  }

  // A screen reader does not read out a message that arrives together with its element, so it is repeated in one that
  // was always there.
  announce() {
    const words = [...this.querySelectorAll("#desk-message, #desk-undo > span")].map((one) => one.textContent.trim());
    document.getElementById("desk-spoken").textContent = words.join(" ");
  }

  showUndo(shown) {
    const notice = this.querySelector("#desk-undo");
    if (notice) notice.hidden = !shown;
  }
}

customElements.define("moderators-desk", ModeratorsDesk);
