// the check: points at which the engine's answers are known

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
