// The numbers at the desk: in the header and the title, in the desk's heading, and on each of its lists.
import { writeWaiting } from "./header-counts.js";

export function writeCounts(desk, { waiting, heading, counts = "{}" }) {
  writeWaiting(Number(waiting));
  if (heading) desk.querySelector(".desk-head h1").textContent = heading;
  for (const [list, number] of Object.entries(JSON.parse(counts))) {
    const shown = desk.querySelector(`[data-list="${list}"]`);
    if (shown) Object.assign(shown, { hidden: !number, textContent: number });
  }
}
