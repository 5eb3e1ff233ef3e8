// In another order, or with a filter, only the server knows whether and where a story belongs. What arrives or changes
// within a second is one request. The pill holds new cards of the first page, and offers the page anew where uplifts
// have changed the order, so that nothing moves while somebody reads.
const PAUSE = 1000; // milliseconds
const BY_UPLIFTS = /\border=(?!new)/;

export class ArrivalPlaces {
  constructor(wall) {
    this.wall = wall;
    this.asked = new Map(); // by story: whether its card has changed, or only its counts
  }

  ask(pk, isChanged) {
    if (!this.asked.size) setTimeout(() => this.place(), PAUSE);
    this.asked.set(pk, isChanged || this.asked.get(pk));
  }

  askForCounts(stories) {
    const { wall } = this;
    if (!BY_UPLIFTS.test(wall.dataset.asked) || wall.hasAttribute("older") || wall.pill.outOfDate) return;
    for (const pk of stories) this.ask(pk, false);
  }

  async place() {
    const { wall, asked } = this;
    this.asked = new Map();
    const { shown } = wall;
    const stories = [...asked.keys()].map((pk) => `&story=${pk}`).join("");
    const response = await fetch(`arrivals/?${wall.dataset.asked}${stories}`).catch(() => null);
    const text = response?.ok ? await response.text().catch(() => null) : null;
    if (shown !== wall.shown) return; // the page shows another search, which has found them too
    if (text === null) return setTimeout(() => asked.forEach((isChanged, pk) => this.ask(pk, isChanged)), 10 * PAUSE);
    const found = document.createRange().createContextualFragment(text);
    for (const [pk, isChanged] of asked) this.settle(pk, found.getElementById(`story-${pk}-card`), isChanged);
  }

  settle(pk, card, isChanged) {
    const { wall } = this;
    const old = wall.cards.find(`story-${pk}-card`);
    if (!card) return isChanged && wall.cards.leave(pk);
    const { behind } = card.parentElement.dataset;
    if (behind !== undefined) card.dataset.behind = behind;
    if (old && isChanged) wall.cards.replace(old, card);
    else if (old?.isConnected && this.hasMoved(old, behind)) wall.pill.offer(wall.dataset.reordered, true);
    else if (!old && behind !== undefined && !wall.hasAttribute("older")) wall.pill.hold(card);
  }

  hasMoved(card, behind) {
    let before = card.previousElementSibling;
    while (before && !before.matches(".note")) before = before.previousElementSibling;
    return behind !== undefined && !this.wall.pill.find(behind || "none") && behind !== (before?.id ?? "");
  }
}
