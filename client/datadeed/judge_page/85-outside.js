// The one name that the page gives to the outside, for tools that drive it: the outcome and the steps as plain values.

globalThis.datadeedVerify = async (bytes, fingerprintHex, { fileDigestHex = null, ask = null, at = null } = {}) => {
  const fileDigest = fileDigestHex === null ? null : fromHex(fileDigestHex, 32);
  const { outcome, reason, kind, steps, left, superseded, state, stateAt } = await verifyPack(bytes, fromHex(fingerprintHex, 32), { fileDigest, ask, at });
  return { outcome, reason, kind, steps: steps.map(({ name, ok }) => ({ name, ok })), left, superseded, state, stateAt };
};
