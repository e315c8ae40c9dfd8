// the ranking: a bar for each design with a tick where the plan is, and its stages below

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
