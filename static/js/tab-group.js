// Elects, among the visible tabs of this browser that follow the same stream, the one that connects. It holds a lock,
// and passes to the others what it receives. Where a browser has no locks or no channels, as on a page without TLS,
// each visible tab leads a group of its own.

export class TabGroup {
  // `lead` and `follow` are called with the tab's part in the group, `hear` with messages. `pulse()` is a leader's state.
  constructor({ name, silence, lead, follow, hear, pulse }) {
    Object.assign(this, { name, silence, lead, follow, hear, pulse });
  }

  join() {
    if (this.isJoined) return;
    this.isJoined = true;
    try {
      this.channel = new BroadcastChannel(this.name);
      this.channel.onmessage = ({ data }) => this.receive(data);
      this.queue();
    } catch {
      this.leadAlone();
    }
  }

  leave() {
    this.isJoined = false;
    this.request?.abort();
    this.request = null;
    this.endTerm();
    this.closeChannel();
  }

  post(message) {
    this.channel?.postMessage(message);
  }

  // A leader that is silent has stopped working, but has the lock; `steal` takes it.
  queue({ steal = false } = {}) {
    this.request?.abort();
    const request = (this.request = new AbortController());
    this.follow();
    this.restartSilence();
    this.post("hello");
    navigator.locks
      .request(this.name, steal ? { steal } : { signal: request.signal }, () => this.beginTerm(request))
      .catch(({ name }) => {
        if (this.request !== request) return;
        this.endTerm();
        name === "AbortError" ? this.queue() : this.leadAlone();
      });
  }

  beginTerm(request) {
    if (this.request !== request) return null;
    clearTimeout(this.ending);
    this.pulsing = setInterval(() => this.post(this.pulse()), this.silence / 3);
    this.lead();
    return new Promise((resolve) => (this.release = resolve));
  }

  endTerm() {
    clearInterval(this.pulsing);
    this.release?.();
    this.release = null;
  }

  leadAlone() {
    this.closeChannel();
    this.lead();
  }

  closeChannel() {
    clearTimeout(this.ending);
    this.channel?.close();
    this.channel = null;
  }

  receive(message) {
    if (message === "hello") return this.release && this.post(this.pulse());
    if (this.release) return;
    this.restartSilence();
    this.hear(message);
  }

  restartSilence() {
    clearTimeout(this.ending);
    this.ending = setTimeout(() => this.queue({ steal: true }), this.silence);
  }
}
