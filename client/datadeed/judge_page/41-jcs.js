// RFC 8785 JSON, strictly: a text is parsed, written again and compared.

const JSON_DEPTH_MAX = 16;

/** UTF-16 order, which is JavaScript's own; JSON.stringify escapes exactly as RFC 8785 does. */
function jcs(value) {
  if (Array.isArray(value)) return `[${value.map(jcs).join(",")}]`;
  if (value !== null && typeof value === "object") {
    return `{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${jcs(value[key])}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

function checkJson(value, depth, allowNull) {
  if (value === null) return must(allowNull, "null is not allowed");
  if (typeof value === "number") return must(Number.isSafeInteger(value), "numbers are integers up to 2^53 - 1");
  if (typeof value === "string") return must(!/[\ud800-\udfff]/u.test(value), "a lone surrogate");
  if (typeof value !== "object") return undefined;
  must(depth <= JSON_DEPTH_MAX, "nested too deep");
  for (const [key, item] of Object.entries(value)) {
    must(/^[\x00-\x7f]*$/.test(key), "a key is not ASCII");
    checkJson(item, depth + 1, allowNull);
  }
  return undefined;
}

/** `__proto__` as a key would vanish in an ordinary object: what is written again is compared. */
const parseJcs = (bytes, bytesMax, allowNull = false) => inPart("not RFC 8785 JSON", () => {
  must(bytes.length <= bytesMax, `${bytes.length} bytes, at most ${bytesMax}`);
  const text = utf8Text(bytes, "it");
  let value;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Malformed(error.message);
  }
  checkJson(value, 1, allowNull);
  must(jcs(value) === text, "another spelling of the same value");
  return value;
});

function checkObject(value, what) {
  must(value !== null && typeof value === "object" && !Array.isArray(value), `${what} is not an object`);
}

/** `value` as an object with exactly these keys. */
function objectWith(value, what, names) {
  checkObject(value, what);
  const found = Object.keys(value).sort().join(", ");
  must(found === [...names].sort().join(", "), `${what} has the keys ${found}; exactly ${names.join(", ")} are expected`);
  return value;
}
