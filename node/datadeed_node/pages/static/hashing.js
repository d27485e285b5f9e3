// A search by file: the digest is computed here, piece by piece, and only the digest is sent.

const PIECE_BYTES = 4 * 1024 * 1024;

async function digestOf(file, progress) {
  const hash = new Sha256();
  for (let at = 0; at < file.size; at += PIECE_BYTES) {
    hash.update(new Uint8Array(await file.slice(at, at + PIECE_BYTES).arrayBuffer()));
    progress(Math.min(100, Math.round((100 * (at + PIECE_BYTES)) / file.size)));
  }
  return Array.from(hash.digest(), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const fileInput = document.getElementById("file");
const fileStatus = document.getElementById("hashing");

fileInput.addEventListener("change", async () => {
  const [file] = fileInput.files;
  if (!file) return;
  try {
    const digest = await digestOf(file, (percent) => {
      fileStatus.textContent = `${fileStatus.dataset.busy} ${percent}%`;
    });
    if (fileInput.files[0] !== file) return;
    fileStatus.textContent = `SHA-256 ${digest}`;
    document.getElementById("q").value = digest;
    document.getElementById("search").requestSubmit();
  } catch {
    fileStatus.textContent = fileStatus.dataset.failed;
  }
});

document.getElementById("with-script").hidden = false;
document.getElementById("without-script").hidden = true;
