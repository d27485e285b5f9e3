// RFC 6962 trees (ledger.md sections 3 and 8). Sizes are below 2^53: halves are taken by division, never by `>>`.

const EMPTY_ROOT = sha256();
const leafHash = (data) => sha256(Uint8Array.of(0), data);
const nodeHash = (left, right) => sha256(Uint8Array.of(1), left, right);
const half = (n) => Math.floor(n / 2);
const isOdd = (n) => n % 2 === 1;

/** Throws unless the tree of `size` leaves with this root holds this leaf at `index`. */
function verifyInclusion(index, size, leaf, path, root) {
  require(index >= 0 && index < size, `index ${index} is outside a tree of ${size}`);
  let position = index;
  let last = size - 1;
  let result = leaf;
  for (const sibling of path) {
    require(last !== 0, "the path is too long");
    if (isOdd(position) || position === last) {
      result = nodeHash(sibling, result);
      while (!isOdd(position) && position) {
        position = half(position);
        last = half(last);
      }
    } else {
      result = nodeHash(result, sibling);
    }
    position = half(position);
    last = half(last);
  }
  require(last === 0, "the path is too short");
  require(sameBytes(result, root), "the path leads to another root");
}

/** The root of a small tree, from its leaf hashes. */
function treeRoot(leaves) {
  if (!leaves.length) return EMPTY_ROOT;
  const stack = [];
  leaves.forEach((leaf, at) => {
    stack.push(leaf);
    for (let size = at + 1; size % 2 === 0; size /= 2) {
      const right = stack.pop();
      stack.push(nodeHash(stack.pop(), right));
    }
  });
  return stack.reduceRight((right, left) => nodeHash(left, right));
}
