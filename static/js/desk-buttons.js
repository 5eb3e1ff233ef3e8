// Keys that press a button of the desk. Each press does one thing, and where nothing can be done the line says why.
import { click } from "./desk-click.js";

export class DeskButtons {
  constructor({ desk, line }) {
    Object.assign(this, { desk, line });
  }

  // A key that is held down presses once; while a decision is on its way, the next story is not there to be decided on.
  press(key, repeat) {
    if (repeat) return true;
    if (key === "?") return document.getElementById("desk-help").showModal() ?? true;
    if ("answering" in this.desk.dataset) return this.line.write("sending");
    if (key === "x") return this.tick();
    const button = this.button(key);
    if (!button) return this.explain(key);
    const { sight, place } = this.desk;
    const isOfStory = button.closest(".desk-item");
    if (isOfStory && place.way) return this.line.write("coming"); // its reader has gone on from the one that is shown
    if (isOfStory && !sight.isSeen) {
      sight.show();
      return this.line.write("unseen");
    }
    this.line.write();
    if (button.matches("summary")) this.open(button.parentElement);
    else if (button.matches("a, input")) button.focus();
    else click(button);
    return true;
  }

  button(key) {
    const found = [...this.desk.querySelectorAll(`[data-key="${key}"]`), ...document.querySelectorAll(`header [data-key="${key}"]`)];
    return found.find((one) => one.checkVisibility());
  }

  open(form) {
    form.open = true;
    form.querySelector("[name=reason]:checked, textarea, select")?.focus();
  }

  explain(key) {
    if (key === "u") return this.line.write("undone");
    if (!this.desk.story) return this.line.write("closed");
    const why = this.desk.querySelector(".desk-why-not")?.textContent.trim();
    return this.line.write("useless", why);
  }

  tick() {
    const { place } = this.desk;
    const row = (place.way ?? document.activeElement).closest(".queue-row") ?? place.link?.closest(".queue-row");
    const box = row?.querySelector("[type=checkbox]");
    const isShown = box?.checkVisibility({ visibilityProperty: true });
    if (!isShown || this.desk.querySelector("#bulk[data-whole]")) return this.line.write("unticked");
    box.click();
    return this.line.write();
  }
}
