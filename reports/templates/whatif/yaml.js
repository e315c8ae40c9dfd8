// the same as a file for kplan

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

function said(choice) {
  return typeof choice === "string" ? word(choice) : new Map(Object.entries(choice).map(([name, each]) => [name, said(each)]));
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
    for (const [heir, kept] of Object.entries(pick.heirs)) put(over, ["designs", heir, "models", pick.stage], said(kept));
  }
  for (const pick of models.keys()) put(over, ["designs", pick.design, "models", pick.stage], word(pick.models[modelOf(pick) - 1]));
  const stem = data.file.replace(/(\.kplan)?\.ya?ml$/, "") || "scenario";
  const tree = variant.name && over.size ? new Map([["variants", new Map([[variant.name, over]])]]) : over;
  const words = ["kplan", "simulate", ...options(), `${stem}.whatif.kplan.yaml`];
  const command = words.map((each) => (/^[\w@%+=:,./-]+$/.test(each) ? each : `'${each.replace(/'/g, "'\\''")}'`)).join(" ");
  return [`# Save beside ${data.file || "the scenario"} as ${stem}.whatif.kplan.yaml, then:`, `# ${command}`].map((line) => line.replace(/[\r\n]/g, " "))
    .concat([`include: ${word(data.file || "scenario.kplan.yaml")}`, ...lines(tree, 0), ""]).join("\n");
}
