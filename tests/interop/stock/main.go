// Stock holds what datadeed writes against the Go project's own transparency-log packages, and signs notes with them.
//
// Nothing of datadeed is in it: notes are opened and signed by golang.org/x/mod/sumdb/note, proofs and tiles are checked
// by golang.org/x/mod/sumdb/tlog. Written here are only the two C2SP formats that those packages leave to their callers:
// the cosignature (c2sp.org/tlog-cosignature, key type 0x04) and the text of a tlog-proof (c2sp.org/tlog-proof).
//
//	stock note NOTE VKEY…                     every key's line on the note holds; prints the text
//	stock inclusion PROOF LEAF-DATA VKEY…     the leaf's data stands under the checkpoint inside the proof
//	stock consistency OLD NEW PROOF VKEY…     the newer checkpoint's log begins with the older's
//	stock tiles FOLDER NOTE VKEY…             every leaf in FOLDER/tile/ stands under the checkpoint
//	stock sign TEXT SKEY                      prints the text as a signed note
package main

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func main() {
	if len(os.Args) < 4 {
		fail(errors.New("usage: stock note|inclusion|consistency|tiles|sign …"))
	}
	arguments := os.Args[2:]
	var err error
	switch os.Args[1] {
	case "note":
		err = checkNote(arguments[0], arguments[1:])
	case "inclusion":
		err = checkInclusion(arguments[0], arguments[1], arguments[2:])
	case "consistency":
		err = checkConsistency(arguments[0], arguments[1], arguments[2], arguments[3:])
	case "tiles":
		err = checkTiles(arguments[0], arguments[1], arguments[2:])
	case "sign":
		err = signNote(arguments[0], arguments[1])
	default:
		err = fmt.Errorf("no such check: %s", os.Args[1])
	}
	if err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// --- notes ----------------------------------------------------------------------------------------------------------

// cosigner is a note.Verifier of C2SP cosignatures: Ed25519 over "cosignature/v1\ntime T\n" || text.
type cosigner struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func (c cosigner) Name() string    { return c.name }
func (c cosigner) KeyHash() uint32 { return c.hash }
func (c cosigner) Verify(msg, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	head := fmt.Sprintf("cosignature/v1\ntime %d\n", binary.BigEndian.Uint64(sig))
	return ed25519.Verify(c.key, append([]byte(head), msg...), sig[8:])
}

// verifier reads a vkey: of type 0x01 by x/mod itself, of type 0x04 here.
func verifier(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("malformed vkey")
	}
	raw, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(raw) != 1+ed25519.PublicKeySize || raw[0] != 0x04 {
		return note.NewVerifier(vkey)
	}
	digest := sha256.Sum256(append([]byte(parts[0]+"\n"), raw...))
	hash := binary.BigEndian.Uint32(digest[:])
	if fmt.Sprintf("%08x", hash) != parts[1] {
		return nil, errors.New("the vkey's hash is not its key's")
	}
	return cosigner{parts[0], hash, ed25519.PublicKey(raw[1:])}, nil
}

// open is the note's text, if every one of the keys signed it.
func open(data []byte, vkeys []string) (string, error) {
	var known []note.Verifier
	for _, vkey := range vkeys {
		each, err := verifier(vkey)
		if err != nil {
			return "", err
		}
		known = append(known, each)
	}
	opened, err := note.Open(data, note.VerifierList(known...))
	if err != nil {
		return "", err
	}
	if len(opened.Sigs) != len(known) {
		return "", fmt.Errorf("%d of %d keys signed", len(opened.Sigs), len(known))
	}
	return opened.Text, nil
}

func checkNote(path string, vkeys []string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	text, err := open(data, vkeys)
	fmt.Print(text)
	return err
}

func signNote(path, skey string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(skey)
	if err != nil {
		return err
	}
	signed, err := note.Sign(&note.Note{Text: string(text)}, signer)
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(signed)
	return err
}

// --- the log --------------------------------------------------------------------------------------------------------

// checkpoint is what a signed checkpoint's three lines say.
func checkpoint(data []byte, vkeys []string) (tlog.Tree, error) {
	text, err := open(data, vkeys)
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(text, "\n")
	if len(lines) != 4 {
		return tlog.Tree{}, errors.New("a checkpoint has three lines")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func hashes(lines []string) ([]tlog.Hash, error) {
	var result []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		if err != nil {
			return nil, err
		}
		result = append(result, hash)
	}
	return result, nil
}

func checkInclusion(proofPath, leafPath string, vkeys []string) error {
	proof, err := os.ReadFile(proofPath)
	if err != nil {
		return err
	}
	leaf, err := os.ReadFile(leafPath)
	if err != nil {
		return err
	}
	head, signed, found := bytes.Cut(proof, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	if !found || len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" || !strings.HasPrefix(lines[1], "index ") {
		return errors.New("not a tlog-proof")
	}
	tree, err := checkpoint(signed, vkeys)
	if err != nil {
		return err
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	if err != nil {
		return err
	}
	path, err := hashes(lines[2:])
	if err != nil {
		return err
	}
	return tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(leaf))
}

func checkConsistency(oldPath, newPath, proofPath string, vkeys []string) error {
	var trees []tlog.Tree
	for _, path := range []string{oldPath, newPath} {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		tree, err := checkpoint(data, vkeys)
		if err != nil {
			return err
		}
		trees = append(trees, tree)
	}
	proof, err := os.ReadFile(proofPath)
	if err != nil {
		return err
	}
	lines := strings.Split(strings.TrimSuffix(string(proof), "\n"), "\n")
	if len(lines) < 3 || lines[1] != fmt.Sprintf("from %d", trees[0].N) || lines[2] != fmt.Sprintf("to %d", trees[1].N) {
		return errors.New("a consistency proof of other sizes")
	}
	path, err := hashes(lines[3:])
	if err != nil {
		return err
	}
	return tlog.CheckTree(path, trees[1].N, trees[1].Hash, trees[0].N, trees[0].Hash)
}

// tiles reads a folder laid out as c2sp.org/tlog-tiles. x/mod names the tile's height in the path, C2SP does not.
type tiles struct{ folder string }

func (t tiles) Height() int                             { return 8 }
func (t tiles) SaveTiles(tiles []tlog.Tile, _ [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var result [][]byte
	for _, tile := range wanted {
		name := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
		data, err := os.ReadFile(filepath.Join(t.folder, name))
		if err != nil {
			return nil, err
		}
		result = append(result, data)
	}
	return result, nil
}

// bundle is the name of the C2SP entry bundle that begins with this leaf.
func bundle(first, size int64) string {
	tile := tlog.Tile{H: 8, L: 0, N: first / 256, W: int(min(256, size-first))}
	return strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1)
}

func checkTiles(folder, notePath string, vkeys []string) error {
	data, err := os.ReadFile(notePath)
	if err != nil {
		return err
	}
	tree, err := checkpoint(data, vkeys)
	if err != nil {
		return err
	}
	reader := tlog.TileHashReader(tree, tiles{folder})
	for first := int64(0); first < tree.N; first += 256 {
		rest, err := os.ReadFile(filepath.Join(folder, bundle(first, tree.N)))
		if err != nil {
			return err
		}
		for index := first; index < min(first+256, tree.N); index++ {
			if len(rest) < 2 || len(rest) < 2+int(binary.BigEndian.Uint16(rest)) {
				return fmt.Errorf("the bundle ends before leaf %d", index)
			}
			leaf := rest[2 : 2+int(binary.BigEndian.Uint16(rest))]
			rest = rest[2+len(leaf):]
			path, err := tlog.ProveRecord(tree.N, index, reader)
			if err != nil {
				return err
			}
			if err := tlog.CheckRecord(path, tree.N, tree.Hash, index, tlog.RecordHash(leaf)); err != nil {
				return fmt.Errorf("leaf %d: %w", index, err)
			}
		}
		if len(rest) != 0 {
			return errors.New("a bundle goes on after its leaves")
		}
	}
	return nil
}
