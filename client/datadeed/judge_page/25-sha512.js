// SHA-512 (FIPS 180-4) on BigInt: slow and small, for browsers without Ed25519.

function sha512(bytes) {
  const mask = 2n ** 64n - 1n;
  const rotate = (x, by) => ((x >> by) | (x << (64n - by))) & mask;
  const padding = new Uint8Array(((239 - (bytes.length % 128)) % 128) + 1);
  padding[0] = 0x80;
  const padded = concat(bytes, padding, new Uint8Array(8), u64(BigInt(bytes.length) * 8n));
  const view = new DataView(padded.buffer);
  const state = [...SHA_CONSTANTS.start];
  for (let block = 0; block < padded.length; block += 128) {
    const words = Array.from({ length: 16 }, (_, t) => view.getBigUint64(block + 8 * t));
    for (let t = 16; t < 80; t++) {
      const x = words[t - 15];
      const y = words[t - 2];
      const s0 = rotate(x, 1n) ^ rotate(x, 8n) ^ (x >> 7n);
      const s1 = rotate(y, 19n) ^ rotate(y, 61n) ^ (y >> 6n);
      words.push((words[t - 16] + s0 + words[t - 7] + s1) & mask);
    }
    let [a, b, c, d, e, f, g, h] = state;
    for (let t = 0; t < 80; t++) {
      const s1 = rotate(e, 14n) ^ rotate(e, 18n) ^ rotate(e, 41n);
      const one = h + s1 + ((e & f) ^ (~e & mask & g)) + SHA_CONSTANTS.words[t] + words[t];
      const s0 = rotate(a, 28n) ^ rotate(a, 34n) ^ rotate(a, 39n);
      const two = s0 + ((a & b) ^ (a & c) ^ (b & c));
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) & mask, c, b, a, (one + two) & mask];
    }
    [a, b, c, d, e, f, g, h].forEach((word, at) => {
      state[at] = (state[at] + word) & mask;
    });
  }
  return concat(...state.map(u64));
}
