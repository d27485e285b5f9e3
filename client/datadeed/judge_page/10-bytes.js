// Bytes and their text forms, each with one spelling. Nothing here knows of the ledger.

/** Who handed this in must act: it cannot be read. */
class Malformed extends Error {}
/** It can be read, and does not hold. */
class Unproven extends Error {}
/** It cannot answer, whatever the step usually means. */
class Undecided extends Unproven {}
/** The log does not hold what the pack says that it holds. */
class NotThere extends Unproven {}

function must(condition, reason) {
  if (!condition) throw new Malformed(reason);
}

function require(condition, reason) {
  if (!condition) throw new Unproven(reason);
}

/** Runs `check`, also one that takes its time, and names the part of the pack that it speaks of. */
function inPart(name, check) {
  const fail = (error) => {
    if (error instanceof Malformed || error instanceof Unproven) error.message = `${name}: ${error.message}`;
    throw error;
  };
  try {
    const found = check();
    return found instanceof Promise ? found.catch(fail) : found;
  } catch (error) {
    return fail(error);
  }
}

function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

function sameBytes(a, b) {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}

/** Byte order; a beginning sorts first. */
function compareBytes(a, b) {
  const shorter = Math.min(a.length, b.length);
  for (let at = 0; at < shorter; at++) if (a[at] !== b[at]) return a[at] - b[at];
  return a.length - b.length;
}

function startsWith(bytes, prefix) {
  return bytes.length >= prefix.length && prefix.every((byte, at) => byte === bytes[at]);
}

const utf8 = (text) => new TextEncoder().encode(text);

/** Strict UTF-8; a byte order mark is text like any other. */
function utf8Text(bytes, what) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed(`${what} is not UTF-8`);
  }
}

function asciiText(bytes, what) {
  must(bytes.every((byte) => byte < 0x80), `${what} is ASCII text`);
  return utf8Text(bytes, what);
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

function toHex(bytes) {
  let text = "";
  for (const byte of bytes) text += HEX[byte];
  return text;
}

function fromHex(text, length) {
  must(/^(?:[0-9a-f]{2})*$/.test(text), "not lower-case hex digits in pairs");
  const bytes = Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16));
  must(length === undefined || bytes.length === length, `hex of ${bytes.length} bytes, not ${length}`);
  return bytes;
}

const B64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function toB64(bytes) {
  let text = "";
  for (let at = 0; at < bytes.length; at += 3) {
    const left = bytes.length - at;
    const word = (bytes[at] << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0);
    text += B64[word >> 18] + B64[(word >> 12) & 63];
    text += left > 1 ? B64[(word >> 6) & 63] : "=";
    text += left > 2 ? B64[word & 63] : "=";
  }
  return text;
}

/** Standard padded base64, re-encoded and compared: no spaces, no spare bits. */
function fromB64(text, length) {
  must(/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text), "not standard padded base64");
  const bare = text.replace(/=+$/, "");
  const bytes = new Uint8Array(Math.floor((bare.length * 3) / 4));
  let bits = 0;
  let word = 0;
  let at = 0;
  for (const character of bare) {
    word = ((word << 6) | B64.indexOf(character)) & 0xffffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = (word >> bits) & 0xff;
    }
  }
  must(toB64(bytes) === text, "base64 with another spelling of the same bytes");
  must(length === undefined || bytes.length === length, `base64 of ${bytes.length} bytes, not ${length}`);
  return bytes;
}

/** A whole number without sign or leading zero, as a Number: at most 2^53 - 1. */
function decimal(text, maximum = Number.MAX_SAFE_INTEGER) {
  must(/^(?:0|[1-9][0-9]{0,19})$/.test(text), `${text.slice(0, 32)} is no whole number in its one spelling`);
  must(BigInt(text) <= BigInt(maximum), `${text} is over ${maximum}`);
  return Number(text);
}

const TIME = /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z$/;

/** Milliseconds since 1970 of an RFC 3339 time with milliseconds and Z. */
function parseTime(text) {
  must(TIME.test(text), `${text.slice(0, 32)} is no RFC 3339 time in ms and Z`);
  const time = Date.parse(text);
  must(time >= 0 && new Date(time).toISOString() === text, `${text} is not a time that exists`);
  return time;
}

const timeText = (ms) => new Date(ms).toISOString();

/** A whole number as 8 bytes, most significant first. */
function u64(value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
