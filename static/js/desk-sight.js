// Whether the words of the open story are in sight, or have been: nobody decides by a key on what they have not seen.
export class DeskSight {
  constructor(desk) {
    this.desk = desk;
    this.observer = new IntersectionObserver((entries) => {
      for (const { isIntersecting, target } of entries) if (isIntersecting) this.mark(target);
    });
    this.follow();
  }

  stop() {
    this.observer.disconnect();
  }

  get words() {
    return this.desk.querySelector(".desk-read .note-body");
  }

  follow() {
    this.observer.disconnect();
    if (this.words) this.observer.observe(this.words);
  }

  mark(words) {
    const item = words.closest(".desk-item");
    if (item) item.dataset.seen = "";
  }

  // A key may come before the observer does.
  get isSeen() {
    const { words } = this;
    if (!words || "seen" in words.closest(".desk-item").dataset) return true;
    const { top, bottom, height } = words.getBoundingClientRect();
    const frame = words.closest(".desk-read").getBoundingClientRect();
    return height > 0 && top < Math.min(frame.bottom, innerHeight) && bottom > Math.max(frame.top, 0);
  }

  show() {
    this.words.scrollIntoView({ block: "nearest" });
    this.mark(this.words);
  }
}
