// The uplift and the reactions below a story. The element shows three things together: the counts of the server and
// the stream, what this reader has given, and what they have just pressed (reaction-presses.js), which shows at once.
// Cards that the stream brings are the same for every reader, so what is personal is known to the page alone.
const form = document.getElementById("reaction-form"); // people outside have none, and only figures
const given = new Map(); // by story: the keys of this reader's reactions
const expected = new Map(); // by story and key: what was pressed and is not confirmed yet, and the count with it
const canOpen = "popover" in HTMLElement.prototype;
const bump = ({ target }) => target.classList.remove("count-bumped");
let loading = true;

class StoryReactions extends HTMLElement {
  counts = {};
  countedAt = 0;

  connectedCallback() {
    this.read();
    if (!form) return;
    this.countedAt = performance.now();
    if (this.closest(".note").dataset.author === form.dataset.reader) this.withoutUplift();
    if (canOpen) this.makeOpener();
    if (loading) given.set(this.pk, new Set(this.buttons.filter(isPressed).map((button) => button.value)));
    else if (!given.has(this.pk) && Object.values(this.counts).some(Boolean)) this.announce("unknown");
    this.paint();
  }

  get pk() {
    return this.id.split("-")[1];
  }

  get buttons() {
    return [...this.querySelectorAll("[aria-pressed]")];
  }

  get keys() {
    return ["uplift", ...[...document.querySelectorAll("#reaction-menu [value]")].map((choice) => choice.value)];
  }

  read() {
    for (const { id, dataset } of this.querySelectorAll("[data-count]"))
      this.counts[id.split("-").slice(2, -1).join("-")] ??= Number(dataset.count);
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
    for (const key of form ? this.keys : Object.keys(this.counts)) {
      let shown = this.querySelector(`#story-${this.pk}-${key}-count`);
      if (!shown && this.count(key)) shown = this.add(key);
      if (!shown) continue;
      if (shown.dataset.count !== String(this.count(key))) this.write(shown, this.count(key));
      const button = shown.closest("[aria-pressed]");
      if (button) mark(button, this.isPressed(key));
      if (button && key !== "uplift" && !this.count(key)) this.drop(button);
    }
    const who = this.querySelector(".reaction-who");
    if (who) who.hidden = !Object.keys(this.counts).some((key) => this.count(key));
    this.announce("painted");
  }

  write(shown, count) {
    shown.textContent = shown.dataset.count = count;
    shown.classList.add("count-bumped");
    shown.addEventListener("animationend", bump, { once: true });
  }

  // A reaction that is the first of its kind here, in the place that the server would give it.
  add(key) {
    const choice = document.querySelector(`#reaction-menu [value="${key}"]`);
    const who = this.querySelector(".reaction-who");
    const button = choice.cloneNode(true);
    button.className = "reaction";
    button.id = `story-${this.pk}-${key}`;
    button.removeAttribute("autofocus");
    button.setAttribute("formaction", who.pathname.replace(/reactions\/$/, "react/"));
    const count = make("span", "reaction-count", `${button.id}-count`);
    count.textContent = count.dataset.count = this.count(key);
    button.append(" ", count);
    const later = this.keys.slice(this.keys.indexOf(key) + 1);
    this.insertBefore(button, this.buttons.find((other) => later.includes(other.value)) ?? who);
    return count;
  }

  drop(button) {
    const focused = button === document.activeElement;
    button.remove();
    if (focused) document.getElementById(`story-${this.pk}-react`)?.focus({ preventScroll: true });
  }

  // Without a script it is a link to the story, where the menu opens without one.
  makeOpener() {
    const opener = this.querySelector("a.reaction-choose");
    opener?.setAttribute("role", "button");
    opener?.setAttribute("aria-expanded", false);
    opener?.setAttribute("aria-controls", "reaction-menu");
  }

  announce(what) {
    this.dispatchEvent(new Event(`reactions:${what}`, { bubbles: true }));
  }

  withoutUplift() {
    const uplift = this.querySelector("button.reaction-uplift");
    if (!uplift) return;
    const figure = make("span", `${uplift.className} reaction-figure`, uplift.id);
    figure.append(...uplift.childNodes);
    uplift.replaceWith(figure);
  }
}

const make = (tag, className, id) => Object.assign(document.createElement(tag), { className, id });
const isPressed = (button) => button.getAttribute("aria-pressed") === "true";

// The same as in the server's markup: each button posts the state that is wanted.
function mark(button, pressed) {
  button.setAttribute("aria-pressed", pressed);
  button.name = pressed ? "take-back" : "give";
}

customElements.define("story-reactions", StoryReactions);
loading = false;
