"use strict";
(() => {
const data = JSON.parse(document.getElementById("whatif-data").textContent);
const board = document.getElementById("whatif-board");
const check = document.getElementById("whatif-check");

// ---- the program: the plan's own graph; kplan.form.script writes it, and says how to read it

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";
const FOLDS = {
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "min": (a, b) => Math.min(a, b),
  "max": (a, b) => Math.max(a, b),
  ">": (a, b) => (a - b > 1e-6 ? 1 : 0),
};

function numbers(text) {
  const found = [];
  let number = 0, unit = 1;
  for (const letter of text) {
    const digit = DIGITS.indexOf(letter);
    number += (digit % 32) * unit;
    unit *= 32;
    if (digit < 32) { found.push(number); number = 0; unit = 1; }
  }
  return found;
}

function program({ values, shapes, steps }) {
  const leaves = Float64Array.from(values);
  const kinds = shapes.map((shape) => ({ sign: shape.replace(/\d+$/, ""), n: Number(shape.match(/\d+$/)[0]) }));
  const list = [], read = numbers(steps);
  for (let at = 0, here = leaves.length; at < read.length; here++) {
    const { sign, n } = kinds[read[at]];
    list.push({ sign, fold: FOLDS[sign], args: read.slice(at + 1, at + 1 + n).map((back) => here - back) });
    at += 1 + n;
  }
  return { leaves, list };
}

function run({ leaves, list }, moved) {
  const v = new Float64Array(leaves.length + list.length);
  v.set(leaves);
  for (const [slot, value] of moved) v[slot] = value;
  let here = leaves.length;
  for (const { sign, fold, args } of list) {
    let x = v[args[0]];
    if (sign === "if") x = x !== 0 ? v[args[1]] : v[args[2]];
    else if (sign === "look") x = v[args[Math.trunc(x)]];
    else if (sign === "ceil") x = Math.ceil(x - 1e-9);
    else for (let n = 1; n < args.length; n++) x = fold(x, v[args[n]]);
    v[here++] = x;
  }
  return v;
}

// ---- the check: points at which the engine's answers are known

const same = (a, b) => a === b || (a !== a && b !== b);
const sum = (v, slots) => slots.reduce((total, slot) => total + v[slot], 0);

function answers({ designs }, v) {
  return [
    ...designs.map((design) => v[design.total]),
    sum(v, designs.flatMap((design) => design.months)),
    sum(v, designs.map((design) => design.query)),
    sum(v, designs.flatMap((design) => design.stages.map(([, slot]) => slot))),
  ];
}

function equal(variant) {
  const slots = [...variant.knobs.filter((knob) => knob.slot !== null), ...variant.picks].map((each) => each.slot);
  return variant.points.filter(([move, known]) => {
    const found = answers(variant, run(variant.code, slots.map((slot, n) => [slot, move[n]])));
    return known.every((answer, n) => same(Number(answer), found[n]));
  }).length;
}

for (const variant of data.variants) variant.code = program(variant.program);
const nPoints = data.variants.reduce((n, variant) => n + variant.points.length, 0);
const nEqual = data.variants.reduce((n, variant) => n + equal(variant), 0);
window.kplan = { data, program, run, equal: nEqual, points: nPoints };
check.className = nEqual === nPoints ? "ok" : "fail";
if (nEqual !== nPoints) {
  check.textContent = `MISMATCH: only ${nEqual} of ${nPoints} test points equal kplan's engine. The what-if is not to be used here.`;
  return;
}
check.textContent = `Checked just now: ${nEqual} of ${nPoints} test points equal kplan's engine to the last bit.`;

// ---- how figures are printed: as kplan.amounts does

const grouped = (n, places) =>
  n.toLocaleString("en-US", { minimumFractionDigits: places, maximumFractionDigits: places });

function usd(n) {
  if (!Number.isFinite(n)) return "no figure";
  const size = Math.abs(n), sign = n < 0 ? "−" : "";
  if (size === 0) return "$0";
  if (size >= 1e15) return `${sign}$${size.toExponential(2).replace("+", "")}`;
  if (size < 1e-9) return `${sign}<$0.000000001`;
  if (size < 0.095) return `${sign}$${Number(size.toPrecision(2)).toFixed(Math.min(20, 1 - Math.floor(Math.log10(size)))).replace(/0+$/, "")}`;
  return `${sign}$${grouped(size, Math.round(size * 100) >= 1000 ? 0 : 2)}`;
}

function per1000(n) {
  const k = 1000 * n;
  return Number.isFinite(k) && Math.abs(k) >= 0.095 ? `$${grouped(k, 2)}` : usd(k);
}

const trimmed = (n, places) => String(Number(n.toFixed(places)));
const percent = (part, places = 2) => `${trimmed(100 * part, places)}%`;

function share(part) {
  const whole = Math.round(100 * part);
  return part > 0 && whole === 0 ? "<1%" : part < 1 && whole === 100 ? ">99%" : `${whole}%`;
}

function shown(knob, value) {
  if (knob.form === "share") return percent(value);
  if (knob.form === "usd") return usd(value);
  return value.toLocaleString("en-US", { maximumFractionDigits: Math.max(knob.places, 2) });
}

const spoken = (knob, value) => [shown(knob, value), knob.unit].filter(Boolean).join(" ");

// ---- elements: nothing of the plan's ever becomes markup

const SVG = "http://www.w3.org/2000/svg";

function filled(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false && value !== undefined) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const make = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);
const draw = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

// ---- state: what was moved away from the plan, in one variant

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

// ---- sliders: positions are counted from the plan's value, so that it can always be found again

const PER_DECADE = 40;

function at(knob, position) {
  if (position === 0) return knob.planned;
  if (knob.log) return clamped(knob, Number((knob.planned * 10 ** (position / PER_DECADE)).toPrecision(3)));
  return clamped(knob, Number((knob.planned + position * knob.step).toFixed(knob.places)));
}

const distance = (knob, value) =>
  knob.log ? PER_DECADE * Math.log10(value / knob.planned) : (value - knob.planned) / knob.step;

function slider(knob, n) {
  const id = `whatif-knob-${n}`;
  const input = make("input", {
    type: "range", id, step: 1,
    min: Math.floor(distance(knob, knob.low) + 1e-9), max: Math.ceil(distance(knob, knob.high) - 1e-9),
  });
  const output = make("output", { for: id });
  const plan = make("span", {});
  const ends = make("small", { "aria-hidden": "true" }, make("span", {}, shown(knob, knob.low)), plan, make("span", {}, shown(knob, knob.high)));
  input.addEventListener("input", () => { setValue(knob, at(knob, Number(input.value))); redraw(); });
  const row = make("div", { class: "wi-knob" }, make("label", { for: id }, knob.label), output, input, ends);
  const show = () => {
    const value = valueOf(knob), isOff = values.has(knob);
    if (document.activeElement !== input || at(knob, Number(input.value)) !== value) {
      input.value = String(Math.round(distance(knob, value)));
    }
    output.textContent = spoken(knob, value);
    input.setAttribute("aria-valuetext", spoken(knob, value) + (isOff ? `, planned ${shown(knob, knob.planned)}` : ""));
    plan.textContent = isOff ? `plan ${shown(knob, knob.planned)}` : "";
    row.classList.toggle("off", isOff);
  };
  return { row, show };
}

function picker(pick, n) {
  const id = `whatif-pick-${n}`;
  const options = [
    ...pick.models.map((model, index) => make("option", { value: index + 1 }, model)),
    ...Object.entries(pick.refused).map(([model, why]) => make("option", { disabled: true }, `${model}: ${why}`)),
  ];
  const select = make("select", { id }, ...options);
  select.addEventListener("change", () => { setModel(pick, Number(select.value)); redraw(); });
  const row = make("div", { class: "wi-pick" }, make("label", { for: id }, pick.label), select);
  const show = () => {
    select.value = String(modelOf(pick));
    row.classList.toggle("off", models.has(pick));
  };
  return { row, show };
}

// ---- the verdict, by the rules of the engine's (kplan.engine.verdict)

const least = (designs, v) => designs.reduce((a, b) => (v[b.total] < v[a.total] ? b : a));
const isSteady = (design, v) => design.months.every((slot) => v[slot] === v[design.months[0]]);
const span = () => `over ${variant.months.length} month${variant.months.length === 1 ? "" : "s"}`;
const hasOtherModels = (design) => [...models.keys()].some((pick) => pick.design === design.id);

function prices(one, other, v) {
  if (isSteady(one, v) && isSteady(other, v)) return [usd(v[one.months[0]]), usd(v[other.months[0]]), "a month"];
  return [usd(v[one.total]), usd(v[other.total]), span()];
}

function compared(one, other, v) {
  const part = (v[other.total] - v[one.total]) / v[other.total];
  if (!Number.isFinite(part) || part === 0) return "as much as";
  return `${share(Math.abs(part))} ${part > 0 ? "less" : "more"} than`;
}

function verdict(v) {
  const written = variant.designs.filter((design) => !design.added);
  const baseline = written.find((design) => design.baseline);
  const clearing = variant.designs.filter((design) => design.clears && !hasOtherModels(design));
  if (variant.designs.some((design) => !Number.isFinite(v[design.total]))) {
    return { subject: null, said: "There is no figure for these numbers: a loop takes more turns than the plan follows.", more: [] };
  }
  if (variant.asks.floor && !clearing.length) {
    return { subject: null, said: "No design is known to clear the floors.", more: [] };
  }
  if (variant.asks.floor) {
    const subject = least(clearing, v);
    return { subject, said: floorAnswer(subject, baseline, clearing, v), more: floorCaveats() };
  }
  const subject = least(written, v);
  const [price, other, when] = prices(subject, baseline, v);
  let said = `${subject.name} costs ${price} ${when}`;
  if (subject === baseline && written.length > 1) said += ", the cheapest of the designs written";
  if (subject !== baseline) said += `, ${compared(subject, baseline, v)} ${baseline.name} (${other})`;
  return { subject, said: `${said}.`, more: caveats(subject, v) };
}

function floorAnswer(subject, baseline, clearing, v) {
  const [price, , when] = prices(subject, baseline, v);
  const singles = clearing.filter((design) => design.single);
  const single = singles.length ? least(singles, v) : null;
  const against = (other) => `${compared(subject, other, v)} ${other.name} (${prices(subject, other, v)[1]})`;
  const said = [!single ? "no single model is known to clear them"
    : single === subject ? "it runs one model everywhere"
      : `${against(single)}, the cheapest single model that does`];
  if (baseline !== subject && baseline !== single) {
    said.push(against(baseline) + (clearing.includes(baseline) ? "" : ", which is not known to clear them"));
  }
  return `${subject.name} costs ${price} ${when}, the least of the designs that clear the floors as planned: ${said.join("; ")}.`;
}

function floorCaveats() {
  const said = ["What clears the floors is told as planned: numbers and models that were moved may change it."];
  if (variant.asks.errors) said.push("Wrong answers have a price in the plan; here only the bill counts.");
  return said;
}

function caveats(subject, v) {
  const unasked = variant.asks.quality ? "No floor is asked of the quality" : "No quality is stated";
  const cheapest = least(variant.designs, v);
  if (v[cheapest.total] === v[subject.total]) {
    return [`${unasked}: cheapest of the designs shown, not known to be good enough.`];
  }
  const [price, , when] = prices(cheapest, subject, v);
  const name = cheapest.single && !hasOtherModels(cheapest) ? `all ${cheapest.single}` : cheapest.name;
  const less = share((v[subject.total] - v[cheapest.total]) / v[subject.total]);
  return [`Not proven cheapest: ${name} would cost ${price} ${when}, ${less} less again. ${unasked}, so nothing here says which design is good enough.`];
}

const budgetKnob = () => variant.knobs.find((knob) => knob.slot === null);

function budgetSaid(v, subject) {
  const knob = budgetKnob();
  if (!knob) return [];
  const budget = valueOf(knob), written = variant.designs.filter((design) => !design.added);
  const said = written.flatMap((design) => {
    const over = variant.months.filter((_, n) => v[design.months[n]] > budget);
    return over.length ? [[design, `${design.name} breaks the ${usd(budget)} budget in ${over.length} of ${variant.months.length} months, first ${over[0]}.`]] : [];
  });
  if (!said.length) return [`Every design written stays within the ${usd(budget)} monthly budget.`];
  if (said.length <= MOST_LINES) return said.map(([, text]) => text);
  return [`${said.length} of the ${written.length} designs written break the ${usd(budget)} budget in some month.`, ...said.filter(([design]) => design === subject).map(([, text]) => text)];
}

// ---- break-even: a total that is a straight line in a chance is known from two points

function breakEvens(subject, v) {
  if (!subject) return [];
  return variant.chances.filter((each) => each.straight.every(Boolean)).flatMap((each) => {
    const others = moved().filter(([slot]) => slot !== each.variable);
    const [low, high] = [0, 1].map((x) => run(variant.code, [...others, [each.variable, x]]));
    const now = v[each.chance], slope = (slot) => high[slot] - low[slot];
    const crossings = variant.designs.filter((design) => design !== subject).flatMap((design) => {
      const bend = slope(subject.total) - slope(design.total);
      const x = (low[design.total] - low[subject.total]) / bend;
      const chance = low[each.chance] + slope(each.chance) * x;
      const isAbove = bend > 0 === slope(each.chance) > 0;
      return bend !== 0 && chance > 0 && chance < 1 ? [{ design, chance, isAbove }] : [];
    });
    const nearest = (list) => list.sort((a, b) => Math.abs(a.chance - now) - Math.abs(b.chance - now))[0];
    const found = [nearest(crossings.filter((one) => one.chance > now)), nearest(crossings.filter((one) => one.chance <= now))]
      .filter(Boolean)
      .map(({ design, chance, isAbove }) => `${design.name} is cheaper than ${subject.name} ${isAbove ? "above" : "below"} a ${percent(chance)} ${each.stage} rate`);
    if (found.length) return [`${found.join("; ")} (now ${percent(now)}).`];
    const matters = variant.designs.some((design) => slope(design.total) !== 0);
    return matters ? [`No ${each.stage} rate makes ${subject.name} change places with another design (now ${percent(now)}).`] : [];
  });
}

// ---- the ranking: a bar for each design with a tick where the plan is, and its stages below

const FEW = 8;
let showsAll = false;

function bar(design, v, plan, top, subject) {
  const role = design === subject ? "main" : design.baseline ? "base" : "other";
  const svg = draw("svg", { class: "wi-bar", viewBox: "0 0 1000 30", preserveAspectRatio: "none", "aria-hidden": "true" });
  const width = (usdNow) => (1000 * usdNow / top).toFixed(2);
  svg.append(draw("rect", { class: role, x: 0, y: 0, width: width(v[design.total]), height: 16 }));
  const scale = v[design.total] / design.stages.reduce((all, [, slot]) => all + v[slot], 0) || 0;
  let x = 0;
  for (const [, slot, colour] of design.stages) {
    const part = Number(width(v[slot] * scale));
    svg.append(draw("rect", { class: colour, x: x.toFixed(2), y: 19, width: Math.max(0, part).toFixed(2), height: 7 }));
    x += part;
  }
  const tick = width(plan[design.total]);
  svg.append(draw("line", { class: "wi-tick", x1: tick, x2: tick, y1: -3, y2: 19 }));
  return svg;
}

function ranked(v, plan, subject) {
  const order = [...variant.designs].sort((a, b) => v[a.total] - v[b.total]);
  const kept = showsAll || order.length <= FEW + 1 ? order : order.filter((design, n) => n < FEW || design === subject || design.baseline);
  const top = Math.max(...kept.map((design) => Math.max(v[design.total], plan[design.total]))) || 1;
  const rows = kept.map((design) => {
    const change = v[design.total] - plan[design.total], isSame = Math.abs(change) < 0.005;
    const part = share(Math.abs(change) / plan[design.total]);
    const delta = isSame ? "as planned" : `${change > 0 ? "+" : "−"}${usd(Math.abs(change))} (${change > 0 ? "+" : "−"}${part})`;
    return make("li", { class: design === subject && "wi-main" },
      make("b", {}, design.added ? `+\u00a0${design.name}` : design.name, make("small", {}, `${per1000(v[design.query])} per 1,000 queries`)),
      bar(design, v, plan, top, subject),
      make("span", {}, usd(v[design.total]), make("small", { class: isSame ? "" : change > 0 ? "up" : "down" }, delta)));
  });
  return { rows, hidden: order.length - kept.length };
}

function legend() {
  const seen = new Map(variant.designs.flatMap((design) => design.stages.map(([name, , colour]) => [name, colour])));
  return [...seen].map(([name, colour]) =>
    make("li", {}, draw("svg", { viewBox: "0 0 11 11", "aria-hidden": "true" }, draw("rect", { width: 11, height: 11, rx: 3, class: colour })), name));
}

// ---- months against the budget

const MOST_LINES = 5;

function tickStep(top) {
  const unit = 10 ** Math.floor(Math.log10(top / 4));
  return [1, 2, 2.5, 5, 10].map((n) => n * unit).find((n) => n >= top / 4);
}

function axisUsd(n) {
  const unit = [[1e9, "bn"], [1e6, "M"], [1e3, "k"]].find(([size]) => n >= size);
  return unit ? `$${trimmed(n / unit[0], 2)}${unit[1]}` : `$${trimmed(n, 6)}`;
}

function apart(labels, top, bottom) {
  labels.sort((a, b) => a.y - b.y);
  labels.forEach((label, n) => { label.y = Math.max(label.y, n ? labels[n - 1].y + 16 : top); });
  for (let n = labels.length - 1, floor = bottom; n >= 0; n--, floor -= 16) labels[n].y = Math.min(labels[n].y, floor);
  return labels;
}

function monthChart(v, subject, width) {
  const nMonths = variant.months.length, knob = budgetKnob(), budget = knob ? valueOf(knob) : null;
  const order = [...variant.designs].sort((a, b) => v[a.total] - v[b.total]);
  const kept = order.filter((design, n) => design === subject || design.baseline || n < MOST_LINES);
  const dearest = Math.max(...kept.flatMap((design) => design.months.map((slot) => v[slot])));
  const isInSight = budget !== null && budget <= 4 * dearest;
  const most = Math.max(dearest, isInSight ? budget : 0) || 1;
  const step = tickStep(most), top = Math.ceil(most / step - 1e-9) * step;
  const room = Math.min(190, 24 + 7.4 * Math.max(6, ...kept.map((design) => design.name.length + 2 * design.added)));
  const left = 52, right = Math.max(left + 120, width - (width < 460 ? 8 : room)), base = 204, head = 12;
  const x = (n) => (nMonths > 1 ? left + ((right - left) * n) / (nMonths - 1) : (left + right) / 2);
  const y = (n) => base - ((base - head) * n) / top;
  const named = right < width - 20;
  const svg = draw("svg", { viewBox: `0 0 ${width} ${named ? 236 : 236 + 20 * (kept.length + isInSight)}`, role: "img", "aria-label": `Cost by month: ${kept.map((design) => `${design.name} from ${usd(v[design.months[0]])} to ${usd(v[design.months[nMonths - 1]])}`).join("; ")}${budget === null ? "" : `; budget ${usd(budget)}`}` });
  for (let n = 0; n <= top + step / 2; n += step) {
    svg.append(draw("line", { class: "grid", x1: left, x2: right, y1: y(n), y2: y(n) }),
      draw("text", { class: "mut", x: left - 8, y: y(n) + 4, "text-anchor": "end" }, axisUsd(n)));
  }
  const every = Math.ceil(nMonths / Math.max(2, Math.floor((right - left) / 92)));
  for (let n = 0; n < nMonths; n += every) {
    svg.append(draw("text", { class: "mut", x: x(n), y: base + 22, "text-anchor": n === 0 ? "start" : n > nMonths - 1 - every / 2 ? "end" : "middle" }, variant.months[n]));
  }
  const labels = kept.map((design, n) => {
    const style = design === subject ? "main" : design.baseline ? "base" : `o${n % 6}`;
    return { style, text: design.added ? `+\u00a0${design.name}` : design.name, y: y(v[design.months[nMonths - 1]]) + 4, line: design.months.map((slot, m) => `${x(m).toFixed(1)},${y(v[slot]).toFixed(1)}`).join(" ") };
  });
  if (isInSight) labels.push({ style: "budget", text: "budget", y: y(budget) + 4, line: "" });
  if (isInSight) svg.append(draw("line", { class: "budget", x1: left, x2: right, y1: y(budget), y2: y(budget) }));
  for (const { style, line } of [...labels].reverse()) if (line) svg.append(nMonths > 1 ? draw("polyline", { class: `ln ${style}`, points: line }) : draw("circle", { class: `ln ${style}`, cx: line.split(",")[0], cy: line.split(",")[1], r: 4 }));
  const clipped = (text) => (text.length > 24 ? `${text.slice(0, 23)}…` : text);
  if (named) for (const { style, text, y: at } of apart(labels, head, base + 4)) svg.append(draw("text", { class: `t-${style}`, x: right + 10, y: at }, clipped(text)));
  else labels.forEach(({ style, text }, n) => svg.append(draw("line", { class: style === "budget" ? "budget" : `ln ${style}`, x1: left, x2: left + 26, y1: 248 + 20 * n, y2: 248 + 20 * n }), draw("text", { class: `t-${style}`, x: left + 34, y: 252 + 20 * n }, text)));
  const words = budget !== null && !isInSight ? `The budget, ${usd(budget)} a month, lies above the chart.` : "";
  return { svg, words };
}

// ---- the same as a file for kplan

const RESERVED = /^(true|false|null|yes|no|on|off|y|n|~|nan|inf)$/i;
const word = (text) => (/^[A-Za-z_][\w-]*$/.test(text) && !RESERVED.test(text) ? text : JSON.stringify(text));
const plain = (n) => (/e/.test(String(n)) ? n.toFixed(20).replace(/\.?0+$/, "") : String(n));

function put(tree, path, value) {
  let here = tree;
  for (const step of path.slice(0, -1)) {
    if (!here.has(step)) here.set(step, new Map());
    here = here.get(step);
  }
  here.set(path[path.length - 1], value);
}

function lines(tree, depth) {
  return [...tree].flatMap(([name, value]) => {
    const head = `${"  ".repeat(depth)}${word(name)}:`;
    return value instanceof Map ? [head, ...lines(value, depth + 1)] : [`${head} ${value}`];
  });
}

function heirs(design) {
  return variant.designs.filter((each) => each.extends === design).flatMap((each) => [each.id, ...heirs(each.id)]);
}

function isSaid(setting) {
  const name = setting.split("=")[0].replace(/["']/g, "");
  return [...values.keys()].some((knob) => `${key(knob)}.`.startsWith(`${name}.`));
}

function options() {
  const words = data.options;
  const kept = words.map((each, n) => !(each === "--set" && isSaid(words[n + 1])) && !(words[n - 1] === "--set" && isSaid(each)));
  return words.filter((_, n) => kept[n]);
}

function yaml() {
  const over = new Map();
  for (const [knob, value] of values) {
    if (knob.at[0] === "budget") put(over, knob.at, `$${plain(value)}/month`);
    else if (knob.sure.length) {
      put(over, [...knob.at, "value"], plain(value));
      for (const said of knob.sure) put(over, [...knob.at, said], "null");
    } else put(over, knob.at, plain(value));
  }
  for (const pick of models.keys()) {
    const touched = [pick.design, ...heirs(pick.design)];
    for (const each of variant.picks.filter((other) => other.stage === pick.stage && touched.includes(other.design))) {
      put(over, ["designs", each.design, "models", each.stage], word(each.models[modelOf(each) - 1]));
    }
  }
  const stem = data.file.replace(/(\.kplan)?\.ya?ml$/, "") || "scenario";
  const tree = variant.name && over.size ? new Map([["variants", new Map([[variant.name, over]])]]) : over;
  const words = ["kplan", "simulate", ...options(), `${stem}.whatif.kplan.yaml`];
  const command = words.map((each) => (/^[\w@%+=:,./-]+$/.test(each) ? each : `'${each.replace(/'/g, "'\\''")}'`)).join(" ");
  return [`# Save beside ${data.file || "the scenario"} as ${stem}.whatif.kplan.yaml, then:`, `# ${command}`].map((line) => line.replace(/[\r\n]/g, " "))
    .concat([`include: ${word(data.file || "scenario.kplan.yaml")}`, ...lines(tree, 0), ""]).join("\n");
}

// ---- the board

let shows = [], parts = {};

function build() {
  const groups = new Map();
  shows = [];
  variant.knobs.forEach((knob, n) => {
    const made = slider(knob, n);
    shows.push(made.show);
    groups.set(knob.group, [...(groups.get(knob.group) || []), made.row]);
  });
  const sliders = [...groups].map(([name, rows]) => make("fieldset", {}, make("legend", {}, name), ...rows));
  const note = variant.baked.length ? [make("p", { class: "wi-note" }, `Not to be moved here: ${variant.baked.map(({ label, why }) => `${label} (${why})`).join("; ")}.`)] : [];
  parts = {
    verdict: make("p", { class: "wi-verdict", "aria-live": "polite", "aria-atomic": "true" }),
    more: make("p", { class: "wi-note" }), ranking: make("ol", { class: "wi-ranking", "aria-label": "Designs, the cheapest first" }),
    all: make("button", { type: "button", class: "wi-more" }), chart: make("div", { class: "wi-chart" }), said: make("ul", { class: "list" }),
    reset: make("button", { type: "button" }, "Back to the plan"), copy: make("button", { type: "button" }, "Copy as YAML"),
    share: make("button", { type: "button" }, "Copy link"), told: make("span", { role: "status" }), yaml: make("pre", { tabindex: 0, role: "region", hidden: true, "aria-label": "The same as a scenario for kplan" }),
  };
  parts.all.addEventListener("click", () => { showsAll = !showsAll; redraw(); });
  parts.reset.addEventListener("click", () => { values.clear(); models.clear(); redraw(); tell("As planned."); });
  parts.copy.addEventListener("click", () => { parts.yaml.textContent = yaml(); parts.yaml.hidden = false; copy(yaml(), "Copied."); });
  parts.share.addEventListener("click", () => copy(location.href.split("#")[0] + link(), "Link copied."));
  board.replaceChildren(
    parts.verdict,
    make("div", { class: "wi-grid" },
      make("div", { class: "wi-controls" }, ...chooser(), ...sliders, ...pickers(), ...note),
      make("div", { class: "wi-answers" }, parts.more,
        make("h3", {}, `Total ${span()}`), parts.ranking, parts.all,
        make("ul", { class: "legend" }, ...legend()),
        make("h3", {}, "Cost by month"), parts.chart, parts.said)),
    make("div", { class: "wi-buttons" }, parts.reset, parts.copy, parts.share, parts.told), parts.yaml);
}

function chooser() {
  if (data.variants.length < 2) return [];
  const options = data.variants.map((each, n) => make("option", { value: n, selected: each === variant }, each.name || "as written"));
  const select = make("select", { id: "whatif-variant" }, ...options);
  select.addEventListener("change", () => {
    variant = data.variants[Number(select.value)];
    values.clear(); models.clear(); build(); redraw();
    document.getElementById("whatif-variant").focus();
  });
  return [make("div", { class: "wi-pick wi-variant" }, make("label", { for: "whatif-variant" }, "Variant"), select)];
}

function pickers() {
  const found = variant.designs.map((design) => [design, variant.picks.filter((pick) => pick.design === design.id)]).filter(([, picks]) => picks.length);
  const first = verdict(run(variant.code, [])).subject;
  const open = found.some(([design]) => design === first) ? first : found.length ? found[0][0] : null;
  return found.map(([design, picks]) => {
    const made = picks.map((pick) => picker(pick, variant.picks.indexOf(pick)));
    const summary = make("summary", {});
    const held = Object.entries(variant.held[design.id] || {}).map(([stage, why]) => `${stage} stays: ${why}`);
    shows.push(...made.map((each) => each.show), () => {
      const count = picks.filter((pick) => models.has(pick)).length;
      summary.textContent = `Models of ${design.name}${count ? `, ${count} changed` : ""}`;
    });
    return make("details", { open: design === open }, summary, ...made.map((each) => each.row), held.length ? make("p", { class: "wi-note" }, `${held.join("; ")}.`) : null);
  });
}

function tell(text) {
  parts.told.textContent = text;
}

function copy(text, done) {
  const failed = () => tell(parts.yaml.hidden ? "Copy it from the address bar." : "Copy it from below.");
  if (!navigator.clipboard) failed();
  else navigator.clipboard.writeText(text).then(() => tell(done), failed);
}

function redraw() {
  const v = run(variant.code, moved()), plan = run(variant.code, []);
  const { subject, said, more } = verdict(v), planned = verdict(plan).subject;
  parts.verdict.textContent = said;
  parts.verdict.classList.toggle("turned", subject !== planned);
  parts.more.textContent = [...(subject && planned && subject !== planned ? [`As planned it is ${planned.name}.`] : []), ...more].join(" ");
  const { rows, hidden } = ranked(v, plan, subject);
  parts.ranking.replaceChildren(...rows);
  parts.all.hidden = !hidden && !showsAll;
  parts.all.textContent = showsAll ? "Show fewer" : `Show ${hidden} more`;
  const { svg, words } = monthChart(v, subject, Math.max(300, Math.min(720, Math.round(parts.chart.clientWidth || 640))));
  parts.chart.replaceChildren(svg);
  parts.said.replaceChildren(...[words, ...budgetSaid(v, subject), ...breakEvens(subject, v)].filter(Boolean).map((text) => make("li", {}, text)));
  for (const show of shows) show();
  parts.reset.disabled = !isMoved();
  if (!parts.yaml.hidden) parts.yaml.textContent = yaml();
  board.parentElement.classList.toggle("moved", isMoved());
  if (isMoved() || location.hash.startsWith(START)) keepLink();
}

window.kplan.totals = () => {
  const v = run(variant.code, moved());
  return variant.designs.map((design) => v[design.total]);
};
window.kplan.shown = () => variant.name;
const isAsked = takeLink();
board.hidden = false;
build();
redraw();
if (isAsked) board.parentElement.scrollIntoView();
window.addEventListener("hashchange", () => { if (takeLink()) { build(); redraw(); } });
let width = innerWidth;
window.addEventListener("resize", () => { if (innerWidth !== width) { width = innerWidth; redraw(); } });
})();
