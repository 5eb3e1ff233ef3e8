// Sends what was pressed: the state that is wanted, so that a second try changes nothing. A press that is refused is
// taken back with a word; one that finds no server waits for it.
const RETRY = 3000;
const PATIENCE = 8000; // milliseconds until a request without a reply counts as lost
const LONGEST = 600_000; // milliseconds until a press that could not be sent is taken back
const HOLD = 500; // milliseconds after which a touch is no press
const form = document.getElementById("reaction-form");
const toasts = document.getElementById("toasts");
const sending = new Map(); // by story and key
const headers = { Accept: "application/json", "HX-Request": "true" };
let waiting; // the message that is shown while presses wait
let touchedAt = 0;

const reactionsOf = (pk) => document.getElementById(`story-${pk}-reactions`);

document.addEventListener("pointerdown", ({ pointerType, timeStamp }) => {
  touchedAt = pointerType === "touch" ? timeStamp : 0;
});

document.addEventListener("click", (event) => {
  const button = event.target.closest?.('button[form="reaction-form"]');
  const [, pk] = button?.getAttribute("formaction")?.match(/\/stories\/(\d+)\//) ?? [];
  const reactions = reactionsOf(pk);
  if (!reactions) return;
  event.preventDefault();
  const held = touchedAt && event.timeStamp - touchedAt > HOLD; // to read the name
  touchedAt = 0;
  if (held || event.detail > 1) return; // a double click is one press
  const key = button.value;
  const wanted = !reactions.isPressed(key);
  reactions.expect(key, wanted);
  const known = sending.get(`${pk}:${key}`);
  if (known) known.wanted = wanted;
  else send({ pk, key, wanted, address: button.formAction, since: performance.now() });
});

async function send(press) {
  const { pk, key, wanted, address } = press;
  sending.set(`${pk}:${key}`, press);
  const body = new FormData(form);
  body.set(wanted ? "give" : "take-back", key);
  const sentAt = performance.now();
  let response, reply;
  try {
    response = await fetch(address, { method: "POST", body, headers, signal: AbortSignal.timeout(PATIENCE) });
    reply = await response.text();
  } catch {}
  if (reply === undefined || response.status >= 500) return wait(press);
  if (press.wanted !== wanted) return send(press); // pressed again meanwhile
  sending.delete(`${pk}:${key}`);
  const isJson = response.headers.get("Content-Type")?.startsWith("application/json");
  const { said, stories } = isJson ? JSON.parse(reply) : {};
  reactionsOf(pk)?.settle(key, stories?.[pk], sentAt);
  if (waiting && !sending.size) arrive();
  if (response.status === 401) toast("").innerHTML = reply; // the server’s own words, with the way to sign in
  else if (!response.ok) toast(said || (response.status === 403 ? toasts.dataset.stale : form.dataset.undone));
}

function wait(press) {
  if (performance.now() - press.since > LONGEST) {
    sending.delete(`${press.pk}:${press.key}`);
    reactionsOf(press.pk)?.settle(press.key);
    if (!sending.size) arrive("");
    return toast(form.dataset.undone);
  }
  waiting ??= toast(form.dataset.waiting, "toast toast-lasting");
  const again = () => {
    clearTimeout(timer);
    removeEventListener("online", again);
    send(press);
  };
  const timer = setTimeout(again, RETRY);
  addEventListener("online", again);
}

function arrive(words = form.dataset.sent) {
  waiting?.remove();
  waiting = undefined;
  if (words) toast(words, "toast");
}

function toast(words, className = "toast toast-error") {
  const shown = Object.assign(document.createElement("div"), { className, textContent: words });
  toasts.append(shown);
  return shown;
}
