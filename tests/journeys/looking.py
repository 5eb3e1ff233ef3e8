"""A page as everybody has it: as axe sees it in light and in dark, on a narrow screen, and by the keyboard."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# WCAG 2.2 AA and axe's best practices.
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Rules that depend on the colours alone, and are checked in both.
COLOURS = ["color-contrast", "link-in-text-block"]
AXE = Axe()
# A telephone, and the narrowest that WCAG asks for (1.4.10); by CSS pixels.
NARROW = (390, 320)
# A button is dimmed until what it has sent is answered. A toast that leaves by itself after a while is at rest until
# then, and what follows the scroll bar as it is.
AT_REST = """() => !document.querySelector(".htmx-request")
  && document.getAnimations().every((one) => one.timeline !== document.timeline
    || one.playState !== "running" || one.effect.getComputedTiming().endTime > 3000)"""
# The rules that axe has judged the page by, and what it has against the page.
JUDGED = """async (options) => {
  const { passes, violations } = await axe.run(options);
  return [[...passes, ...violations].map(({ id }) => id), violations];
}"""
# axe leaves contrast undecided before a picture and before drawn-on paper. So that it judges every word, the
# textures go and each sheet has its colour itself; a style sheet made by script is what the page's policy allows.
PLAIN = """() => {
  const plain = new CSSStyleSheet();
  plain.replaceSync(`
    *, ::before, ::after {
      background-image: none !important; background-blend-mode: normal !important;
      transition-property: none !important; }
    :is(html, body, .note, .sheet)::before, :is(html, body, .note, .sheet)::after { display: none !important; }
    .note, .sheet { background-color: var(--paper) !important; }
    .note { content-visibility: visible !important; }
    @media screen {
      .reaction[aria-pressed="true"] { background-color: var(--ink) !important; }
      .reaction[aria-pressed="true"]::before { display: none !important; }
    }
    .note, .sheet, .quality, .reaction { rotate: none !important; }`);
  document.adoptedStyleSheets = [plain];
}"""
# The page clips what sticks out of it, so it has to be looked for piece by piece. What scrolls by itself may be wide.
STICKS_OUT = """() => {
  const wide = document.documentElement.clientWidth + 1;
  const scrolls = (one) => one && one !== document.documentElement && one !== document.body
    && (["auto", "scroll"].includes(getComputedStyle(one).overflowX) || scrolls(one.parentElement));
  return [...document.body.querySelectorAll("*")]
    .filter((one) => { const box = one.getBoundingClientRect();
      return box.width > 1 && box.height > 1 && (box.right > wide || box.left < -1); })
    .filter((one) => !one.closest(".visually-hidden"))
    .filter((one) => one.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !scrolls(one))
    .map((one) => `${Math.round(one.getBoundingClientRect().right)} px: ${one.outerHTML.slice(0, 160)}`);
}"""
# What a printer would print as nothing or as a blot, because it is light or lies on dark ink. An icon is ink itself.
PALE = """() => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 });
  const paint = canvas.getContext("2d", { willReadFrequently: true });
  const known = new Map();
  const measure = (colour) => {
    paint.clearRect(0, 0, 1, 1);
    paint.fillStyle = colour;
    paint.fillRect(0, 0, 1, 1);
    const [red, green, blue, opacity] = paint.getImageData(0, 0, 1, 1).data;
    return { light: Math.max(red, green, blue), opacity };
  };
  const of = (colour) => known.get(colour) ?? known.set(colour, measure(colour)).get(colour);
  const dark = (style) => style.content !== "none" && style.display !== "none"
    && of(style.backgroundColor).opacity > 128 && of(style.backgroundColor).light < 100;
  const spread = (style) => dark(style) && parseFloat(style.inlineSize) > 32; // a mark before the words is smaller
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const pale = [];
  let isEmpty = true;
  while (walk.nextNode()) {
    const { data, parentElement: one } = walk.currentNode;
    if (!data.trim() || one.closest(".visually-hidden, script, template, [popover]")) continue;
    if (!one.checkVisibility({ visibilityProperty: true, opacityProperty: true })) continue;
    if (one.closest("main")) isEmpty = false;
    const grounds = [one, one.parentElement, one.closest("button, a, label, li, p, section")].filter(Boolean);
    const lies = (part) => dark(getComputedStyle(part)) || spread(getComputedStyle(part, "::before"));
    const isCovered = grounds.some(lies);
    const isPale = of(getComputedStyle(one).color).light > 100;
    if (isCovered || isPale) pale.push(`${one.className || one.tagName}: ${data.trim()}`);
  }
  return isEmpty ? ["nothing of the page"] : pale;
}"""
# With forced colours: what can be pressed or filled in and shows neither an edge nor an underline, what lies over the
# page, and what such a browser masks whole.
EDGELESS = """() => {
  const edge = (one) => {
    const style = getComputedStyle(one);
    return parseFloat(style.borderBlockEndWidth) || parseFloat(style.outlineWidth) * (style.outlineStyle !== "none");
  };
  const native = (one) => /checkbox|radio/.test(one.type) && getComputedStyle(one).appearance !== "none";
  const pictures = [document.documentElement, document.body, ...document.querySelectorAll(".note, .sheet")]
    .flatMap((one) => ["::before", "::after"].map((part) => getComputedStyle(one, part)))
    .filter((style) => style.content !== "none" && style.display !== "none").map((style) => style.backgroundImage);
  return [...document.querySelectorAll("button, .button, input:not([type=hidden]), select, textarea")]
    .filter((one) => one.checkVisibility({ visibilityProperty: true }) && one.offsetWidth > 4)
    .filter((one) => !one.closest(".menu")) // which has an edge, and nothing else in it
    .filter((one) => !edge(one) && !edge(one.parentElement) && !native(one))
    .filter((one) => !getComputedStyle(one).textDecorationLine.includes("underline"))
    .concat([...document.querySelectorAll("bdi")].filter((one) => getComputedStyle(one).maskImage !== "none"))
    .map((one) => one.outerHTML.slice(0, 120)).concat(pictures);
}"""
# Finds each thing that can be used, but for the radio buttons that the arrows lead to, and notes from then on where
# each press of the tab key leads. A ring around something is one that it has by being reached: a shadow that is always
# there, or an outline of no width or no colour, is none.
WATCH_TABS = """() => {
  const ring = (part, pseudo) => {
    if (!part) return "";
    const { outline, outlineStyle, outlineWidth, outlineColor, boxShadow } = getComputedStyle(part, pseudo);
    const drawn = outlineStyle !== "none" && parseFloat(outlineWidth) > 0 && !/(, |\\/ )0\\)$/.test(outlineColor);
    return (drawn ? outline : "") + (boxShadow === "none" ? "" : boxShadow);
  };
  // A link that is pressed anywhere on its card has its ring around the card.
  const rings = (one) => [
    ...[one, one.closest("label"), one.parentElement, one.nextElementSibling].map((part) => ring(part)),
    ring(one, "::after"),
  ];
  const all = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
    .filter((one) => !one.disabled && one.checkVisibility({ visibilityProperty: true }))
    .filter((one) => { const box = one.getBoundingClientRect(); return box.width * box.height; })
    // A card is one stop; the arrow keys lead to the actions in it.
    .filter((one) => one.tabIndex >= 0 || !one.closest("#notes > .note[tabindex='0']"))
    .filter((one) => one.type !== "radio" || one.checked || !one.form?.elements[one.name]?.value);
  // The keyboard begins at the page's beginning, wherever its address or its first error has put it.
  document.body.tabIndex = -1;
  document.body.focus();
  document.body.removeAttribute("tabindex");
  const before = new Map(all.map((one) => [one, rings(one)]));
  const watch = { all, unreached: new Set(all), unseen: [], presses: 0, over: false, last: null };
  watch.stop = new AbortController();
  window.tabs = watch;
  addEventListener("keyup", () => {
    if (watch.over) return;
    const one = document.activeElement;
    // From one of its numbers to the next, which the browser itself marks.
    const within = one.type === "date" && one === watch.last;
    const again = before.has(one) && !watch.unreached.has(one) && !within;
    watch.presses += 1;
    watch.last = one;
    watch.over = again || one === document.body;
    watch.unreached.delete(one);
    if (watch.over || within || !before.has(one)) return;
    if (!rings(one).some((drawn, place) => drawn && drawn !== before.get(one)[place])) watch.unseen.push(one);
  }, { capture: true, signal: watch.stop.signal });
  // A field for a day holds three numbers and a button.
  return all.length + 3 * all.filter((one) => one.type === "date").length;
}"""
TABBED = """() => {
  const { all, unreached, unseen, presses, stop } = window.tabs;
  const alike = (one) => one.type === "radio" && all.some((other) => other.name === one.name && !unreached.has(other));
  stop.abort();
  document.activeElement.blur();
  const begin = (one) => one.outerHTML.slice(0, 160);
  return { presses, unseen: unseen.map(begin), unreached: [...unreached].filter((one) => !alike(one)).map(begin) };
}"""


def expect_accessible(page: Page) -> None:
    """By axe in light and in dark, printed and with forced colours, and with nothing wider than a narrow screen."""
    against = without_colours(page)
    load_axe(page)
    page.evaluate(PLAIN)
    page.emulate_media(media="null", forced_colors="null", color_scheme="dark")
    against += [f"dark: {violation}" for violation in found(page, {"runOnly": {"type": "rule", "values": COLOURS}})]
    page.emulate_media(color_scheme="null")  # which is light
    everything = {"runOnly": {"type": "tag", "values": STANDARDS}, "rules": {"target-size": {"enabled": True}}}
    against += [f"light: {violation}" for violation in found(page, everything)]
    against += wider_than_the_screen(page)
    assert not against, "\n".join(against)


def without_colours(page: Page) -> list[str]:
    """Return what is lost where the evening's colours are printed, and where a reader forces their own."""
    page.emulate_media(color_scheme="dark", media="print")
    against = [f"printed: {piece}" for piece in page.evaluate(PALE)]
    page.emulate_media(media="screen", forced_colors="active")
    return against + [f"forced colours: {piece}" for piece in page.evaluate(EDGELESS)]


def load_axe(page: Page) -> None:
    """Load axe into this page, and into those that come after it in this browser while they load, which is quicker."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.axe_script)
        page.context.add_init_script(AXE.axe_script)


def found(page: Page, options: dict[str, Any]) -> list[str]:
    """Return the faults that axe finds in the page. Fails where it could not tell whether the words can be read."""
    # Of what has passed its rules alone: to name each of its elements takes axe longer than to judge them. Nothing is
    # loaded beforehand: only the rule about sound asks for it, and a page here has none.
    run = {**options, "resultTypes": ["violations"], "preload": False}
    wait_for_rest(page)
    judged, violations = page.evaluate(JUDGED, run)
    assert "color-contrast" in judged
    return [
        f"{violation['id']} ({violation['impact']}): {node['target']} {node['html'][:120]}\n{node['failureSummary']}"
        for violation in violations
        for node in violation["nodes"]
    ]


def wait_for_rest(page: Page) -> None:
    """Wait until animations and changes of colour are over. Where nothing moves, no frame is waited for."""
    if not page.evaluate(AT_REST):
        page.wait_for_function(AT_REST)


def wider_than_the_screen(page: Page) -> list[str]:
    before = page.viewport_size
    assert before
    against = []
    for width in NARROW:
        page.set_viewport_size({"width": width, "height": 844})
        wait_for_rest(page)
        against += [f"at {width} px: {piece}" for piece in page.evaluate(STICKS_OUT)]
    page.set_viewport_size(before)
    return against


def expect_reachable(page: Page) -> None:
    """The tab key leads to everything that can be used, and one sees where it has led.

    The page itself notes where each press leads: asking it after each of them takes as long as the presses.
    """
    number = page.evaluate(WATCH_TABS)
    assert number, "nothing to use"
    for _press in range(number + 3):
        page.keyboard.press("Tab")
    tabbed = page.evaluate(TABBED)
    assert tabbed["presses"], "the page has met no tab key"
    assert not tabbed["unseen"], f"not seen where the keyboard is: {tabbed['unseen']}"
    assert not tabbed["unreached"], f"not reached by the tab key: {tabbed['unreached']}"
