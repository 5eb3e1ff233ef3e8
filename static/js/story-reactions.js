// What is shown of a story's uplift and reactions: the counts of the server and the stream, what this reader has given,
// and what they have just pressed (reaction-presses.js), which shows at once. Cards that the stream brings are the same
// for every reader, so what is personal is known to the page alone.
import { ReactionButtons } from "./reaction-buttons.js";

const form = document.getElementById("reaction-form"); // people outside have none, and only figures
const given = new Map(); // by story: the keys of this reader's reactions
const expected = new Map(); // by story and key: what was pressed and is not confirmed yet, and the count with it
let loading = true;

class StoryReactions extends HTMLElement {
  buttons = new ReactionButtons(this);
  counts = {};
  countedAt = 0;

  connectedCallback() {
    this.read();
    if (!form) return;
    this.countedAt = performance.now();
    if (this.closest(".note").dataset.author === form.dataset.reader) this.buttons.withoutUplift();
    this.buttons.makeOpener();
    // A page that is added is drawn for this reader too; only their own cards have something pressed.
    const { pressed } = this.buttons;
    if (loading || (pressed.length && !given.has(this.pk))) given.set(this.pk, new Set(pressed));
    else if (!given.has(this.pk) && Object.values(this.counts).some(Boolean)) this.announce("unknown");
    this.paint();
  }

  get pk() {
    return this.id.split("-")[1];
  }

  get keys() {
    return ["uplift", ...[...document.querySelectorAll("#reaction-menu [value]")].map((choice) => choice.value)];
  }

  read() {
    this.counts = { ...this.buttons.counts, ...this.counts };
  }

  // The stream's counts; also of a card that is not on the page yet.
  show(counts) {
    this.read();
    Object.assign(this.counts, counts);
    this.countedAt = performance.now();
    this.paint();
  }

  isPressed(key) {
    return expected.get(`${this.pk}:${key}`)?.wanted ?? given.get(this.pk)?.has(key) ?? false;
  }

  count(key) {
    return expected.get(`${this.pk}:${key}`)?.count ?? this.counts[key] ?? 0;
  }

  expect(key, wanted) {
    const count = Math.max(0, this.count(key) + (wanted ? 1 : -1));
    expected.set(`${this.pk}:${key}`, { wanted, count });
    this.paint();
  }

  // Counts that came after `since`, when the server was asked, are newer than its reply.
  settle(key, state, since) {
    expected.delete(`${this.pk}:${key}`);
    this.settledAt = 0;
    if (state) this.know({ pressed: state.pressed, counts: { [key]: state.counts[key] } }, since, [key]);
    else this.paint();
    this.settledAt = performance.now();
  }

  know(state, since, keys = this.keys) {
    if (this.settledAt > since) return; // asked before a press that is known by now
    const mine = given.get(this.pk) ?? new Set();
    for (const key of keys) mine[state.pressed.includes(key) ? "add" : "delete"](key);
    given.set(this.pk, mine);
    if (this.countedAt <= since) Object.assign(this.counts, state.counts);
    this.paint();
  }

  paint() {
    const keys = form ? this.keys : Object.keys(this.counts);
    for (const key of keys) this.buttons.show(key, this.count(key), this.isPressed(key), keys);
    const who = this.querySelector(".reaction-who");
    if (who) who.hidden = !Object.keys(this.counts).some((key) => this.count(key));
    this.announce("painted");
  }

  announce(what) {
    this.dispatchEvent(new Event(`reactions:${what}`, { bubbles: true }));
  }
}

customElements.define("story-reactions", StoryReactions);
loading = false;
