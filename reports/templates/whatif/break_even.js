// break-even: a total that is a straight line in a chance is known from two points

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
