// Follows a stream of the server, with one connection for all visible tabs of this browser; a hidden tab holds nothing.
// It sends the stream's events as bubbling events of its own, and "connected" when it has the line again.
import { StreamConnection } from "./stream-connection.js";
import { StreamFollower } from "./stream-follower.js";
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
      change: (state, ahead) => this.changeState(state, ahead),
    });
    this.follower = new StreamFollower({
      address: () => this.addressOf(this.dataset.missed),
      apply: (batch) => this.apply(batch),
    });
    this.group = new TabGroup({
      silence,
      name: `${this.dataset.live} ${this.dataset.audience} ${document.documentElement.lang}`,
      lead: () => this.lead(),
      follow: () => this.follow(),
      hear: (message) => this.hear(message),
      pulse: () => this.report(),
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
    this.follower.end();
    this.state = null;
  }

  // The leader of a group connects, and passes on what it receives.

  lead() {
    this.follower.end();
    this.connection.open();
  }

  receive(batch) {
    this.group.post({ ...this.report(), batch });
    this.apply(batch);
  }

  changeState(state, ahead) {
    this.show(state, ahead);
    this.group.post(this.report());
  }

  report() {
    return { at: this.position, state: this.state, ahead: this.ahead };
  }

  follow() {
    this.connection.close();
    this.follower.begin(this.position);
  }

  hear(message) {
    if (message.state) this.show(message.state, message.ahead);
    this.follower.hear(message);
  }

  apply({ id, events }) {
    for (const { name, data } of events) this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { data } }));
    this.position = id ?? this.position;
  }

  addressOf(path) {
    return this.position ? `${path}?after=${this.position}` : path;
  }

  show(state, ahead = this.ahead) {
    if (state === this.state) return;
    Object.assign(this, { state, ahead });
    this.status.textContent = this.dataset[state] ?? "";
    if (state === "open") {
      this.dispatchEvent(new Event("connected", { bubbles: true }));
      document.dispatchEvent(new CustomEvent("server-time", { detail: { ahead } }));
    }
    // When the wall is no longer public, the reloaded page explains it. Nothing typed can be lost there.
    if (state === "refused" && this.dataset.audience === "visitors") location.reload();
  }
}

customElements.define("live-stream", LiveStream);
