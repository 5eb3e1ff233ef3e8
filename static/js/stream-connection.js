// Holds one stream open: connects again after an end, an error or a silence, and reports the state of the line.
import { readBatches } from "./server-events.js";

const SOON = 1000; // milliseconds until a new attempt; after each failure twice as long as before,
const LONGEST = 8000; // up to this
const LATER = 60_000; // milliseconds, where this browser may not follow any more

export class StreamConnection {
  // `address()` is where to connect, `receive` gets each batch. `change` gets "open", "lost" (the line is dead, or the
  // server is full) or "refused" (this browser may not follow any more), and with "open" how far the server's clock is
  // ahead of the browser's. Times are in milliseconds.
  constructor({ address, silence, receive, change }) {
    Object.assign(this, { address, silence, receive, change });
    addEventListener("offline", () => this.attempt?.abort());
    addEventListener("online", () => this.endPause?.());
  }

  async open() {
    const run = (this.run = {});
    for (let failures = 0; this.run === run; ) {
      const { opened, delay } = await this.connect(run);
      failures = opened ? 0 : failures + 1;
      const usual = Math.min(SOON * 2 ** failures, LONGEST) * (0.7 + 0.6 * Math.random());
      if (this.run === run) await this.pause(delay || usual);
    }
  }

  close() {
    this.run = null;
    this.attempt?.abort();
    this.endPause?.();
  }

  async connect(run) {
    const attempt = (this.attempt = new AbortController());
    const report = (state, ahead) => this.run === run && this.change(state, ahead);
    const restartSilence = () => {
      clearTimeout(this.ending);
      this.ending = setTimeout(() => {
        report("lost");
        attempt.abort();
      }, this.silence);
    };
    let opened = false;
    try {
      restartSilence();
      const headers = { Accept: "text/event-stream" };
      const response = await fetch(this.address(), { headers, signal: attempt.signal, cache: "no-store" });
      const isRefused = [401, 403, 404].includes(response.status);
      if (!response.ok) {
        report(isRefused ? "refused" : "lost");
        return { delay: isRefused ? LATER : 1000 * response.headers.get("Retry-After") };
      }
      opened = true;
      report("open", Date.parse(response.headers.get("Date")) - Date.now());
      for await (const batch of readBatches(response.body, restartSilence)) if (this.run === run) this.receive(batch);
    } catch {
      if (!opened) report("lost");
    } finally {
      if (this.attempt === attempt) clearTimeout(this.ending);
    }
    return { opened };
  }

  pause(milliseconds) {
    return new Promise((resolve) => {
      this.endPause = resolve;
      setTimeout(resolve, milliseconds);
    });
  }
}
