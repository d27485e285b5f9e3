// A block's header: thirteen lines, the block's last leaf (ledger.md section 3).

const HEADER_LINES = [
  ["datadeed-header/v1"],
  ["ledger", "sha256"],
  ["origin", "name"],
  ["height", "count"],
  ["time", "time"],
  ["slack", "slack"],
  ["previous", "sha256"],
  ["first", "count"],
  ["entries", "count", "sha256"],
  ["tree", "count", "b64"],
  ["state", "mpt1", "b64"],
  ["roster", "count", "sha256"],
  ["next-roster", "count", "sha256"],
];
const HEADER_VALUES = {
  sha256: (word) => (must(word.startsWith("sha256:"), "a hash is sha256:<hex>"), toHex(fromHex(word.slice(7), 32))),
  name: (word) => textMatching(word, KEY_NAME, "origin"),
  count: (word) => decimal(word),
  time: (word) => parseTime(word),
  slack: (word) => decimal(word, 128000),
  b64: (word) => fromB64(word, 32),
  mpt1: (word) => must(word === "mpt1", "the state is an mpt1 map"),
};

function parseHeader(bytes) {
  must(bytes.length <= 2048, "a header has at most 2048 bytes");
  const lines = asciiText(bytes, "a header").split("\n");
  must(lines.length === HEADER_LINES.length + 1 && lines.pop() === "", "a header is its thirteen lines, in order");
  const read = lines.map((line, at) => {
    const [name, ...kinds] = HEADER_LINES[at];
    const words = line.split(" ");
    must(words.shift() === name && words.length === kinds.length, "a header is its thirteen lines, in order");
    return kinds.map((kind, place) => HEADER_VALUES[kind](words[place]));
  });
  const [, [ledger], [origin], [height], [time], [slack], [previous], [first], [entries], [treeSize], [, state], roster, next] = read;
  must(first >= height, "a header's first index is not under its height");
  must(treeSize === first + entries && treeSize < Number.MAX_SAFE_INTEGER, "a header's tree is its first index and its entries");
  must(roster[0] >= 1, "a header's roster version counts from 1");
  const kept = next[0] === roster[0];
  must(kept === (next[1] === roster[1]), "a header's next roster: version and digest change together");
  must(kept || next[0] === roster[0] + 1, "a header's next roster skips a version");
  const index = first + entries;
  return {
    bytes, ledger, origin, height, time, slack, previous, first, entries, state, index, logSize: index + 1,
    rosterVersion: roster[0], rosterDigest: roster[1], nextVersion: next[0], nextDigest: next[1], id: toHex(sha256(bytes)),
  };
}
