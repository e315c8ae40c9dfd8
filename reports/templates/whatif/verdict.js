// the verdict, by the rules of the engine's (kplan.engine.verdict)

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
