// The server's time. A signed-in page carries the moment at which it was drawn; where a live stream is open, its
// response names the server's time too ("server-time" with detail.ahead, from live-stream.js). Unknown until then: NaN.
const [navigation] = performance.getEntriesByType("navigation");
const received = performance.timeOrigin + (navigation?.responseStart ?? 0);
// A page that the browser has stored, such as one of a restored tab, says when it was drawn and not what time it is.
const isStored = navigation?.transferSize === 0;
const drawn = document.documentElement.dataset.now ? 1000 * document.documentElement.dataset.now : NaN;

let ahead = isStored ? NaN : drawn - received; // milliseconds

document.addEventListener("server-time", ({ detail }) => {
  if (Number.isFinite(detail.ahead)) ahead = detail.ahead;
});

export const now = () => Date.now() + ahead;
