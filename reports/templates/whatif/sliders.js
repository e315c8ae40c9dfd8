// sliders: positions are counted from the plan's value, so that it can always be found again

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
