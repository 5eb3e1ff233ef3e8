// The buttons of one story's reactions, as the server draws them: each posts the state that is wanted.
const canOpen = "popover" in HTMLElement.prototype;
const bump = ({ target }) => target.classList.remove("count-bumped");
const make = (tag, className, id) => Object.assign(document.createElement(tag), { className, id });

export class ReactionButtons {
  constructor(reactions) {
    this.reactions = reactions;
  }

  get all() {
    return [...this.reactions.querySelectorAll("[aria-pressed]")];
  }

  get pressed() {
    return this.all.filter((button) => button.getAttribute("aria-pressed") === "true").map((button) => button.value);
  }

  get counts() {
    const found = {};
    for (const { id, dataset } of this.reactions.querySelectorAll("[data-count]"))
      found[id.split("-").slice(2, -1).join("-")] = Number(dataset.count);
    return found;
  }

  show(key, count, isPressed, keys) {
    const id = `story-${this.reactions.pk}-${key}`;
    const shown = this.reactions.querySelector(`#${id}-count`) ?? (count ? this.add(key, id, count, keys) : null);
    if (!shown) return;
    if (shown.dataset.count !== String(count)) this.write(shown, count);
    const button = shown.closest("[aria-pressed]");
    if (!button) return;
    button.setAttribute("aria-pressed", isPressed);
    button.name = isPressed ? "take-back" : "give";
    if (key !== "uplift" && !count) this.drop(button);
  }

  write(shown, count) {
    shown.textContent = shown.dataset.count = count;
    shown.classList.add("count-bumped");
    shown.addEventListener("animationend", bump, { once: true });
    const figure = shown.closest(".figure, .reaction-figure"); // which nobody can press
    if (figure) figure.hidden = !count;
  }

  // A reaction that is the first of its kind here, in the place that the server would give it.
  add(key, id, number, keys) {
    const button = document.querySelector(`#reaction-menu [value="${key}"]`).cloneNode(true);
    const who = this.reactions.querySelector(".reaction-who");
    Object.assign(button, { className: "reaction", id });
    button.removeAttribute("autofocus");
    button.setAttribute("formaction", who.pathname.replace(/reactions\/$/, "react/"));
    const count = make("span", "reaction-count", `${id}-count`);
    count.textContent = count.dataset.count = number;
    button.append(" ", count);
    const later = keys.slice(keys.indexOf(key) + 1);
    this.reactions.insertBefore(button, this.all.find((other) => later.includes(other.value)) ?? who);
    return count;
  }

  drop(button) {
    const focused = button === document.activeElement;
    button.remove();
    if (focused) document.getElementById(`story-${this.reactions.pk}-react`)?.focus({ preventScroll: true });
  }

  // Without a script it is a link to the story, where the menu opens without one.
  makeOpener() {
    const opener = canOpen && this.reactions.querySelector("a.reaction-choose");
    if (!opener) return;
    opener.setAttribute("role", "button");
    opener.setAttribute("aria-expanded", false);
    opener.setAttribute("aria-controls", "reaction-menu");
  }

  // Nobody uplifts a story of their own: there it is a figure.
  withoutUplift() {
    const uplift = this.reactions.querySelector("button.reaction-uplift");
    if (!uplift) return;
    const figure = make("span", `${uplift.className} reaction-figure`, uplift.id);
    figure.append(...uplift.childNodes);
    figure.hidden = !this.counts.uplift;
    uplift.replaceWith(figure);
  }
}
