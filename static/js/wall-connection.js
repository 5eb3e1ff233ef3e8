// Holds the wall's stream open: retries what htmx does not, and notices a line that is silent.
const RETRY = 3000;
const LATER = 60_000; // milliseconds until a full server is sent again
const SOON = 10_000; // milliseconds, the longest between two attempts otherwise

export function connect(wall) {
  let silence;
  const stream = () => wall._htmx?.sse;
  const reconnect = (delay) => setTimeout(() => wall.dispatchEvent(new Event("reconnect")), delay);
  const restartSilenceTimer = () => {
    clearTimeout(silence);
    silence = setTimeout(() => stream()?.reader?.cancel(), Number(wall.dataset.silence));
  };
  // htmx reconnects a stream that was open once; the first connection is retried here.
  wall.addEventListener("htmx:error", () => reconnect(RETRY));
  wall.addEventListener("htmx:response:error", ({ target, detail }) => {
    if (target === wall && isFull(detail.ctx.response)) reconnect(LATER);
  });
  wall.addEventListener("htmx:sse:after:connection", ({ detail }) => {
    detail.connection.config.reconnectMaxDelay = SOON;
    restartSilenceTimer();
  });
  wall.addEventListener("htmx:sse:after:message", restartSilenceTimer);
  // When the wall is no longer public, the reloaded page explains it. Nothing typed can be lost here.
  wall.addEventListener("htmx:sse:error", ({ detail }) => {
    if (isFull(detail)) detail.connection.config.reconnectMaxDelay = LATER;
    if (wall.hasAttribute("visitor") && [401, 404].includes(detail.status)) location.reload();
  });
  addEventListener("online", () => stream()?.delayCanceller?.());
}

const isFull = ({ status }) => status === 429 || status === 503;
