// Reads what this reader has given anew, whenever they come back to the page: another tab may have changed it.
const REST = 2000; // milliseconds between two readings
const MOST = 100; // stories in one reading
const form = document.getElementById("reaction-form");
const headers = { Accept: "application/json", "HX-Request": "true" };
let readAt = performance.now();

async function read() {
  const shown = [...document.querySelectorAll("story-reactions")].slice(0, MOST);
  if (!shown.length) return;
  const query = new URLSearchParams(shown.map(({ pk }) => ["story", pk]));
  const since = (readAt = performance.now());
  const response = await fetch(`${form.dataset.state}?${query}`, { headers }).catch(() => {});
  const { stories } = response?.ok && !response.redirected ? await response.json() : { stories: {} };
  for (const [pk, state] of Object.entries(stories)) document.getElementById(`story-${pk}-reactions`)?.know(state, since);
}

const returned = () => document.hidden || performance.now() - readAt < REST || read();
addEventListener("focus", returned);
document.addEventListener("visibilitychange", returned);
document.addEventListener("reactions:unknown", () => setTimeout(returned, REST));
addEventListener("pageshow", ({ persisted }) => {
  const [visit] = performance.getEntriesByType("navigation");
  if (persisted || visit?.type === "back_forward") read();
});
