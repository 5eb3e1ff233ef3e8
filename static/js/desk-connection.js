// Holds the desk's stream open, and asks for the list whenever something may have changed.
const RETRY = 3000;
const LATER = 60_000; // milliseconds until a server that is full is asked again
const SOON = 10_000; // milliseconds, the longest between two attempts otherwise

export function connect(desk) {
  const reconnect = (delay) => setTimeout(() => desk.dispatchEvent(new Event("reconnect")), delay);
  desk.addEventListener("desk", () => desk.list.refreshSoon());
  desk.addEventListener("beat", () => desk.list.refreshSoon());
  desk.addEventListener("htmx:sse:after:connection", ({ detail }) => {
    detail.connection.config.reconnectMaxDelay = SOON;
    desk.list.refreshSoon();
  });
  desk.addEventListener("htmx:sse:error", ({ detail }) => {
    if (isFull(detail)) detail.connection.config.reconnectMaxDelay = LATER;
  });
  desk.addEventListener("htmx:response:error", ({ target, detail }) => {
    if (target === desk && isFull(detail.ctx.response)) reconnect(LATER);
  });
  // The stream's own reconnecting begins with the first connection; that one is retried here.
  desk.addEventListener("htmx:error", ({ target }) => target === desk && reconnect(RETRY));
}

const isFull = ({ status }) => status === 429 || status === 503;
