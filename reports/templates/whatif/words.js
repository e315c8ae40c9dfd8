// how figures are printed: as kplan.amounts does

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
