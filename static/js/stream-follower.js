// Follows the leader of a group of tabs (tab-group.js) from any position, and misses nothing.
//
// Each message names the leader's position before it. A tab that has not heard everything up to there asks the server
// for what came after its own position. Positions are encrypted: they can be equal, but not be compared. To apply an
// event twice is harmless.
import { readBatches } from "./server-events.js";

export class StreamFollower {
  // `address()` is where the server gives what this tab has missed, `apply` gets each batch.
  constructor({ address, apply }) {
    Object.assign(this, { address, apply });
  }

  begin(position) {
    this.heard = position; // the leader's position up to which this tab has everything
    this.waiting = null;
  }

  end() {
    this.waiting = null;
  }

  hear(message) {
    if (this.waiting) return this.waiting.push(message);
    const { at, batch } = message;
    // The leader missed too much, which need not be so here: the server knows.
    if (batch?.events.some(({ name }) => name === "reload")) return this.catchUp({ at });
    if (at !== this.heard) return this.catchUp(message);
    if (!batch) return;
    this.apply(batch);
    this.heard = batch.id ?? this.heard;
  }

  // The response reaches at least to the leader's position. What is heard meanwhile is applied after it, so that
  // nothing is missing in between. After a failure the next message asks again.
  async catchUp(message) {
    const waiting = (this.waiting = [message]);
    const isComplete = await this.readMissed(waiting).catch(() => false);
    if (this.waiting !== waiting) return;
    this.waiting = null;
    if (!isComplete) return;
    this.heard = message.at;
    for (const each of waiting) this.hear(each);
  }

  async readMissed(waiting) {
    const response = await fetch(this.address(), { headers: { Accept: "text/event-stream" } });
    if (!response.ok) return false;
    for await (const batch of readBatches(response.body)) if (this.waiting === waiting) this.apply(batch);
    return true;
  }
}
