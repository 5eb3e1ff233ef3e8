// Messages of the stream are the same for every reader; which buttons this reader has pressed is known only to the page.
export function copyPressed(from, to) {
  for (const button of from.querySelectorAll("[aria-pressed]"))
    to.querySelector(`#${button.id}`)?.setAttribute("aria-pressed", button.getAttribute("aria-pressed"));
}

// A restored story may have this reader's earlier reactions, which its own page shows.
export async function fetchPressed(card) {
  if (!card.querySelector("[aria-pressed]")) return;
  const page = await fetch(card.querySelector(".note-byline a").href);
  if (page.ok) copyPressed(new DOMParser().parseFromString(await page.text(), "text/html"), card);
}
