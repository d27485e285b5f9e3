// Ed25519 as libsodium verifies it: small-order and non-canonical keys, small-order R and non-canonical S are refused.
// The browser's own Ed25519 does the sums where there is one (whatever libsodium accepts, it accepts too); else BigInt.

const P = 2n ** 255n - 19n;
const L = 2n ** 252n + 27742317777372353535851937790883648493n;
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n;
const SQRT_M1 = 19681161376707505956807079304988542015446066515923890162744021073123829784752n;
const BASE_Y = 46316835694926478169428394003475163141307993866256225615783033603165251855960n;

// y of the points of order 1, 2, 4 and 8, and the non-canonical spellings of 0 and 1; the sign bit is ignored.
const SMALL_ORDER_Y = [
  0n,
  1n,
  2707385501144840649318225287225658788936804267575313519463743609750303402022n,
  55188659117513257062467267217118295137698188065244968500265048394206261417927n,
  P - 1n,
  P,
  P + 1n,
];

const mod = (value, by = P) => ((value % by) + by) % by;

function power(base, exponent) {
  let result = 1n;
  for (let square = mod(base), left = exponent; left; left >>= 1n, square = (square * square) % P) {
    if (left & 1n) result = (result * square) % P;
  }
  return result;
}

function littleEndian(bytes) {
  let value = 0n;
  for (let at = bytes.length - 1; at >= 0; at--) value = (value << 8n) | BigInt(bytes[at]);
  return value;
}

function toLittleEndian(value) {
  const bytes = new Uint8Array(32);
  for (let at = 0, left = value; at < 32; at++, left >>= 8n) bytes[at] = Number(left & 255n);
  return bytes;
}

/** Twisted Edwards addition in extended coordinates (RFC 8032, 5.1.4), complete for this curve. */
function addPoints([x1, y1, z1, t1], [x2, y2, z2, t2]) {
  const a = ((y1 - x1) * (y2 - x2)) % P;
  const b = ((y1 + x1) * (y2 + x2)) % P;
  const c = (((2n * t1 * t2) % P) * D) % P;
  const d = (2n * z1 * z2) % P;
  const [e, f, g, h] = [b - a, d - c, d + c, b + a];
  return [(e * f) % P, (g * h) % P, (f * g) % P, (e * h) % P];
}

/** The point that 32 bytes spell, or null. */
function decodePoint(bytes) {
  const raw = littleEndian(bytes);
  const sign = raw >> 255n;
  const y = raw & (2n ** 255n - 1n);
  if (y >= P) return null;
  const u = mod(y * y - 1n);
  const v = mod(D * y * y + 1n);
  let x = mod(u * power(v, 3n) * power(u * power(v, 7n), (P - 5n) / 8n));
  if (mod(v * x * x) !== u) x = mod(x * SQRT_M1);
  if (mod(v * x * x) !== u || (x === 0n && sign)) return null;
  if ((x & 1n) !== sign) x = P - x;
  return [x, y, 1n, mod(x * y)];
}

function encodePoint([x, y, z]) {
  const inverse = power(z, P - 2n);
  return toLittleEndian(mod(y * inverse) | ((mod(x * inverse) & 1n) << 255n));
}

function hasSmallOrder(bytes) {
  const y = littleEndian(bytes) & (2n ** 255n - 1n);
  return SMALL_ORDER_Y.includes(y);
}

/** Whether libsodium would look at these bytes at all. */
function isSane(publicKey, signature) {
  if (publicKey.length !== 32 || signature.length !== 64) return false;
  const canonicalKey = (littleEndian(publicKey) & (2n ** 255n - 1n)) < P;
  const canonicalS = littleEndian(signature.subarray(32)) < L;
  return canonicalKey && canonicalS && !hasSmallOrder(publicKey) && !hasSmallOrder(signature.subarray(0, 32));
}

/** SHA-512 is only needed here, and only where the browser has no Ed25519: it is in 25-sha512.js. */
function verifyHere(publicKey, message, signature) {
  const key = decodePoint(publicKey);
  if (!key) return false;
  const r = signature.subarray(0, 32);
  const s = littleEndian(signature.subarray(32));
  const h = mod(littleEndian(sha512(concat(r, publicKey, message))), L);
  const minusKey = [mod(-key[0]), key[1], 1n, mod(-key[3])];
  const base = decodePoint(toLittleEndian(BASE_Y));
  const both = addPoints(base, minusKey);
  let sum = [0n, 1n, 1n, 0n];
  for (let bit = 252n; bit >= 0n; bit--) {
    sum = addPoints(sum, sum);
    const inS = (s >> bit) & 1n;
    const inH = (h >> bit) & 1n;
    if (inS && inH) sum = addPoints(sum, both);
    else if (inS) sum = addPoints(sum, base);
    else if (inH) sum = addPoints(sum, minusKey);
  }
  return sameBytes(encodePoint(sum), r);
}

const subtle = globalThis.crypto?.subtle;
let nativeEd25519; // undefined: not tried yet; false: the browser has none

/** Whether the signature holds, by libsodium's rule. */
async function isSigned(publicKey, message, signature) {
  if (!isSane(publicKey, signature)) return false;
  if (nativeEd25519 !== false && subtle) {
    try {
      const key = await subtle.importKey("raw", publicKey, { name: "Ed25519" }, false, ["verify"]);
      nativeEd25519 = true;
      return await subtle.verify({ name: "Ed25519" }, key, signature, message);
    } catch (error) {
      if (nativeEd25519) return false; // this browser has Ed25519 and does not take this key
      nativeEd25519 = false;
    }
  }
  return verifyHere(publicKey, message, signature);
}
