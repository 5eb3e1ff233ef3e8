// Between a wall and a story the paper glides from its place to the other: the browser pairs what has the same name on
// both pages. A story's own page names its paper in the style sheet; on a wall it is the card that leads there or back.
const NAME = "story";
const STORY = /\/stories\/(?<pk>\d+)\/$/;

function cardOf(address) {
  const pk = address && STORY.exec(new URL(address).pathname)?.groups.pk;
  return pk && document.querySelector(`#notes > #story-${pk}-card`);
}

function glide(transition, address) {
  const card = transition && cardOf(address);
  if (!card) return;
  card.style.viewTransitionName = NAME;
  transition.finished.finally(() => (card.style.viewTransitionName = ""));
}

addEventListener("pageswap", ({ viewTransition, activation }) => glide(viewTransition, activation?.entry.url));
addEventListener("pagereveal", ({ viewTransition }) => glide(viewTransition, window.navigation?.activation?.from?.url));
