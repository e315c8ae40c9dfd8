// the program: the plan's own graph; kplan.form.script writes it, and says how to read it

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
