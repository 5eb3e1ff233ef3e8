// Follows a stream of the server with one connection for all tabs of this browser. While the tab is visible it sends
// the stream's events as bubbling events of its own, in order, and "connected" when it has become up to date again.
//
// A hidden tab holds nothing. A visible one either connects (the leader of its group) or hears from the leader. Each
// message carries the leader's position before it: a tab that has not heard everything up to there asks the server for
// the rest of its own position. To apply an event twice is harmless, and positions cannot be compared, only be equal.
import { readBatches } from "./server-events.js";
import { StreamConnection } from "./stream-connection.js";
import { TabGroup } from "./tab-group.js";

class LiveStream extends HTMLElement {
  connectedCallback() {
    this.status = this.querySelector("[role=status]");
    this.position = this.dataset.after ?? null;
    const silence = Number(this.dataset.silence);
    this.connection = new StreamConnection({
      silence,
      address: () => this.addressOf(this.dataset.live),
      receive: (batch) => this.receive(batch),
      change: (state) => this.changeState(state),
    });
    this.group = new TabGroup({
      silence,
      name: `${this.dataset.live} ${this.dataset.audience} ${document.documentElement.lang}`,
      lead: () => this.lead(),
      follow: () => this.follow(),
      hear: (message) => this.hear(message),
      pulse: () => ({ at: this.position, state: this.state }),
    });
    document.addEventListener("visibilitychange", () => this.joinOrLeave());
    addEventListener("pagehide", () => this.leave());
    addEventListener("pageshow", () => this.joinOrLeave());
    this.joinOrLeave();
  }

  disconnectedCallback() {
    this.leave();
  }

  joinOrLeave() {
    document.hidden || !this.isConnected ? this.leave() : this.group.join();
  }

  leave() {
    this.group.leave();
    this.connection.close();
    this.state = this.waiting = null;
  }

  // As a leader

  lead() {
    this.waiting = null;
    this.connection.open();
  }

  receive(batch) {
    this.group.post({ at: this.position, state: this.state, batch });
    this.apply(batch);
  }

  changeState(state) {
    this.show(state);
    this.group.post({ at: this.position, state });
  }

  // As a follower

  follow() {
    this.connection.close();
    this.heard = this.position; // the leader's position up to which this tab has everything
  }

  hear({ at, state, batch }) {
    if (this.waiting) return this.waiting.push({ at, state, batch });
    if (state) this.show(state);
    if (at !== this.heard) return this.catchUp({ at, batch });
    if (!batch) return;
    this.apply(batch);
    this.heard = batch.id ?? this.heard;
  }

  // The response reaches at least to the leader's position `at`. What is heard meanwhile is applied after it, so that
  // nothing is missing in between.
  async catchUp({ at, batch }) {
    const waiting = (this.waiting = [{ at, batch }]);
    let isComplete = true;
    try {
      const response = await fetch(this.addressOf(this.dataset.missed), { headers: { Accept: "text/event-stream" } });
      if (!response.ok) throw new Error(response.status);
      for await (const past of readBatches(response.body)) if (this.waiting === waiting) this.apply(past);
    } catch {
      isComplete = false; // the next message asks again
    }
    if (this.waiting !== waiting) return;
    this.waiting = null;
    if (!isComplete) return;
    this.heard = at;
    for (const message of waiting) this.hear(message);
  }

  // As either

  apply({ id, events }) {
    for (const { name, data } of events) this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { data } }));
    this.position = id ?? this.position;
  }

  addressOf(path) {
    return this.position ? `${path}?after=${this.position}` : path;
  }

  show(state) {
    if (state === this.state) return;
    this.state = state;
    this.status.textContent = this.dataset[state] ?? "";
    if (state === "open") this.dispatchEvent(new Event("connected", { bubbles: true }));
    // When the wall is no longer public, the reloaded page explains it. Nothing typed can be lost there.
    if (state === "refused" && this.dataset.audience === "visitors") location.reload();
  }
}

customElements.define("live-stream", LiveStream);
