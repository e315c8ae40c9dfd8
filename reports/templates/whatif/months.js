// months against the budget

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
  const rank = (design) => (design === subject || design.baseline ? 0 : design.added ? 2 : 1);
  const drawn = new Set([...order].sort((a, b) => rank(a) - rank(b)).slice(0, MOST_LINES));
  const kept = order.filter((design) => drawn.has(design)), nLeft = order.length - kept.length;
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
  const words = [
    nLeft ? `${nLeft} more ${nLeft === 1 ? "design stands" : "designs stand"} in the list alone.` : "",
    budget !== null && !isInSight ? `The budget, ${usd(budget)} a month, lies above the chart.` : "",
  ].filter(Boolean).join(" ");
  return { svg, words };
}
