// A part of the open story that colleagues change while it is read: an assignment, or notes. It is shown anew where it
// has changed, and notes that are unfolded stay so. Nothing is taken from under the reader's focus.
export function showLivePart(fresh) {
  const shown = document.getElementById(fresh.id);
  if (!shown || shown.contains(document.activeElement)) return;
  for (const fold of shown.querySelectorAll("details[open]")) fresh.querySelector(`#${fold.id}`)?.setAttribute("open", "");
  if (isSame(fresh, shown)) return;
  shown.replaceChildren(...fresh.childNodes);
  htmx.process(shown);
}

// Ages are written by the page, and htmx marks what it has begun.
function isSame(fresh, shown) {
  const [one, other] = [fresh, shown].map((part) => {
    const bare = part.cloneNode(true);
    for (const marked of bare.querySelectorAll("[data-htmx-powered]")) marked.removeAttribute("data-htmx-powered");
    for (const age of bare.querySelectorAll("time, [name=csrfmiddlewaretoken]")) age.remove();
    return bare;
  });
  return one.isEqualNode(other);
}
