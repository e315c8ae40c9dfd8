// the board

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
