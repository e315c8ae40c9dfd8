// state: what was moved away from the plan, in one variant

const key = (knob) => knob.at.join(".");
const pickKey = (pick) => `designs.${pick.design}.models.${pick.stage}`;
let variant = data.variants[0];
let values = new Map();
let models = new Map();

const valueOf = (knob) => (values.has(knob) ? values.get(knob) : knob.planned);
const modelOf = (pick) => (models.has(pick) ? models.get(pick) : pick.planned);
const clamped = (knob, value) => Math.min(Math.max(value, knob.low), knob.high);
const isMoved = () => values.size + models.size > 0;

function setValue(knob, value) {
  const kept = clamped(knob, value);
  if (kept === knob.planned) values.delete(knob);
  else values.set(knob, kept);
}

function setModel(pick, number) {
  if (number === pick.planned) models.delete(pick);
  else models.set(pick, number);
}

function moved() {
  const found = [];
  for (const [knob, value] of values) if (knob.slot !== null) found.push([knob.slot, value]);
  for (const [pick, number] of models) found.push([pick.slot, number]);
  return found;
}

const START = "#whatif?";

function link() {
  const asked = new URLSearchParams();
  if (data.variants.length > 1 && variant !== data.variants[0]) asked.set("variant", variant.name);
  for (const [knob, value] of values) asked.set(key(knob), String(value));
  for (const [pick, number] of models) asked.set(pickKey(pick), pick.models[number - 1]);
  return String(asked) ? START + asked : "#whatif";
}

function takeLink() {
  if (!location.hash.startsWith(START)) return false;
  const asked = new URLSearchParams(location.hash.slice(START.length));
  variant = data.variants.find((each) => each.name === asked.get("variant")) || data.variants[0];
  values = new Map();
  models = new Map();
  for (const knob of variant.knobs) {
    const said = asked.get(key(knob));
    if (said !== null && said.trim() !== "" && Number.isFinite(Number(said))) setValue(knob, Number(said));
  }
  for (const pick of variant.picks) {
    const number = pick.models.indexOf(asked.get(pickKey(pick))) + 1;
    if (number > 0) setModel(pick, number);
  }
  return true;
}

function keepLink() {
  try { history.replaceState(null, "", link()); } catch { /* some viewers keep no history */ }
}
