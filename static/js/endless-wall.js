// Adds the next page when the end of the wall comes near. After a few pages the link waits for a press, so that what is
// below the wall can be reached. The first card of each page knows the page's address, and #notes sends "page-added".
const notes = document.getElementById("notes");
const MOST = 3; // pages in a row without a press
let pages = 0;
let loading; // while a page is on its way
let changed; // whether a story came or went meanwhile, and may be missing

const near = new IntersectionObserver(
  (links) => links.some(({ isIntersecting }) => isIntersecting) && pages < MOST && load(),
  { rootMargin: "0px 0px 100%" },
);

function load() {
  return (loading ??= add().finally(() => (loading = undefined)));
}

async function add() {
  const link = document.getElementById("wall-older");
  if (!link) return false;
  const address = link.search;
  changed = false;
  const response = await fetch(address).catch(() => null);
  const text = response?.ok && !response.redirected ? await response.text().catch(() => "") : "";
  if (!text || !link.isConnected) return false;
  if (changed || link.search !== address) return add();
  show(new DOMParser().parseFromString(text, "text/html"), link);
  return true;
}

function show(page, link) {
  const cards = [...page.querySelectorAll("#notes > .note")].filter(({ id }) => !document.getElementById(id));
  if (!notes.querySelector(":scope > [data-page]")) notes.dataset.page = location.search;
  if (cards.length) cards[0].dataset.page = link.search;
  const isFocused = link === document.activeElement;
  pages += 1;
  notes.append(...cards);
  link.replaceWith(...page.querySelectorAll(".notes > .note-next"));
  notes.dispatchEvent(new Event("page-added"));
  if (isFocused) cards[0]?.focus({ preventScroll: true });
}

// Another link takes its place with each page that is added, and with each search.
function watch() {
  const link = document.getElementById("wall-older");
  if (!notes.querySelector(":scope > [data-page]")) pages = 0;
  if (link) near.observe(link);
}

async function press(event) {
  const link = event.target.closest?.("#wall-older");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  pages = 0;
  if (!(await load())) location.assign(link.href);
}

if (notes) {
  watch();
  new MutationObserver(watch).observe(notes.parentElement, { childList: true });
  document.addEventListener("click", press);
  for (const name of ["card", "back", "gone"]) document.addEventListener(name, () => (changed = true));
}
