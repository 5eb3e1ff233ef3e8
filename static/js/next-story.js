// The desk once another story is open. The list stays where a story is opened from it, and through a decision: then the story
// leaves it. The open story is marked, unless its reader is on the way to another one.
import { writeCounts } from "./desk-counts.js";

export function goOn(desk) {
  const { place, ticks, list, room } = desk;
  const { answered, waiting } = room.dataset;
  ticks.restore();
  writeCounts(desk, { waiting });
  if (answered) {
    place.forget();
    for (const row of desk.querySelectorAll(`#story-${answered}-row, .queue-row[data-done]`)) row.remove();
  }
  if (answered === undefined || place.way) return place.stay();
  const { pk } = desk.open.dataset;
  const reading = desk.querySelector("#bulk [name=reading]");
  if (reading) reading.value = pk;
  const link = desk.querySelector(`#story-${pk}-row .queue-link`);
  link ? place.mark(link) : list.refresh();
}
