// Reads server-sent events (WHATWG HTML, section 9.2) as batches: what happened up to a position, {id, events}.
const ALONE = ["beat", "desk", "nudge", "reload"]; // events without a position, which belong to no batch

export async function* readBatches(body, onBytes = () => {}) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let events = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onBytes();
    const blocks = (rest + value).split("\n\n");
    rest = blocks.pop();
    for (const block of blocks) {
      const { id, event: name, data } = parse(block);
      if (!name) continue;
      events.push({ name, data: data.join("\n") });
      if (!id && !ALONE.includes(name)) continue;
      yield { id, events };
      events = [];
    }
  }
}

function parse(block) {
  const fields = { data: [] };
  for (const line of block.split("\n")) {
    const [, name, value] = line.match(/^([^:]*)(?:: ?(.*))?$/);
    if (name === "data") fields.data.push(value ?? "");
    else fields[name] = value ?? "";
  }
  return fields;
}
