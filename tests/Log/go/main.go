// A peer for GoSumdbTests: answers each JSON line on stdin with one on stdout, by golang.org/x/mod/sumdb, the note and tree code of Go's
// checksum database. It shares no code with ours.
package main

import (
	"bufio"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type request struct {
	Op      string
	Name    string      // new-key
	Key     string      // sign
	Keys    []string    // open
	Text    string      // sign
	Note    string      // open
	Entries []string    // tree
	Proof   []tlog.Hash // record, consistency
	Size    int64
	Root    tlog.Hash
	Index   int64
	Leaf    tlog.Hash
	OldSize int64
	OldRoot tlog.Hash
	Dir     string // tiles
}

type answer struct {
	Error       string          `json:"error,omitempty"`
	PrivateKey  string          `json:"privateKey,omitempty"`
	VerifierKey string          `json:"verifierKey,omitempty"`
	Note        string          `json:"note,omitempty"`
	Text        string          `json:"text,omitempty"`
	SignedBy    []string        `json:"signedBy,omitempty"`
	Roots       []tlog.Hash     `json:"roots,omitempty"`       // of sizes 1, 2, …
	Inclusion   [][][]tlog.Hash `json:"inclusion,omitempty"`   // [size - 1][index]
	Consistency [][][]tlog.Hash `json:"consistency,omitempty"` // [newer size - 1][older size - 1]
}

func main() {
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<20)
	out := json.NewEncoder(os.Stdout)
	for in.Scan() {
		var r request
		var a answer
		err := json.Unmarshal(in.Bytes(), &r)
		if err == nil {
			a, err = handle(r)
		}
		if err != nil {
			a = answer{Error: err.Error()}
		}
		if err := out.Encode(a); err != nil {
			panic(err)
		}
	}
	if err := in.Err(); err != nil {
		panic(err)
	}
}

func handle(r request) (answer, error) {
	switch r.Op {
	case "new-key":
		private, public, err := note.GenerateKey(rand.Reader, r.Name)
		return answer{PrivateKey: private, VerifierKey: public}, err
	case "sign":
		signer, err := note.NewSigner(r.Key)
		if err != nil {
			return answer{}, err
		}
		signed, err := note.Sign(&note.Note{Text: r.Text}, signer)
		return answer{Note: string(signed)}, err
	case "open":
		return open(r)
	case "tree":
		return tree(r.Entries)
	case "record":
		return answer{}, tlog.CheckRecord(r.Proof, r.Size, r.Root, r.Index, r.Leaf)
	case "consistency":
		return answer{}, tlog.CheckTree(r.Proof, r.Size, r.Root, r.OldSize, r.OldRoot)
	case "tiles":
		return answer{}, readTiles(r)
	}
	return answer{}, fmt.Errorf("no such op: %q", r.Op)
}

func open(r request) (answer, error) {
	var keys []note.Verifier
	for _, k := range r.Keys {
		v, err := note.NewVerifier(k)
		if err != nil {
			v, err = newCosignatureVerifier(k)
		}
		if err != nil {
			return answer{}, err
		}
		keys = append(keys, v)
	}
	n, err := note.Open([]byte(r.Note), note.VerifierList(keys...))
	if err != nil {
		return answer{}, err
	}
	a := answer{Text: n.Text}
	for _, s := range n.Sigs {
		a.SignedBy = append(a.SignedBy, fmt.Sprintf("%s+%08x", s.Name, s.Hash))
	}
	return a, nil
}

// cosignatureVerifier checks Ed25519 cosignatures (type 0x04), which x/mod does not know.
type cosignatureVerifier struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newCosignatureVerifier(vkey string) (note.Verifier, error) {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		return nil, errors.New("not a vkey")
	}
	var v cosignatureVerifier
	key, err := base64.StdEncoding.DecodeString(parts[2])
	if _, scanErr := fmt.Sscanf(parts[1], "%08x", &v.hash); err != nil || scanErr != nil || len(key) != 33 || key[0] != 4 {
		return nil, errors.New("not a cosignature vkey")
	}
	v.name, v.key = parts[0], key[1:]
	return v, nil
}

func (v cosignatureVerifier) Name() string    { return v.name }
func (v cosignatureVerifier) KeyHash() uint32 { return v.hash }
func (v cosignatureVerifier) Verify(text, sig []byte) bool {
	if len(sig) != 8+ed25519.SignatureSize {
		return false
	}
	message := fmt.Sprintf("cosignature/v1\ntime %d\n%s", binary.BigEndian.Uint64(sig), text)
	return ed25519.Verify(v.key, []byte(message), sig[8:])
}

// tree builds the log of the entries and gives all roots and proofs of all its sizes from 1.
// Size 0 is left out: x/mod 0.7 gives zeros for it where RFC 6962 has SHA-256 of nothing.
func tree(entries []string) (answer, error) {
	var a answer
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, x := range indexes {
			hashes[i] = stored[x]
		}
		return hashes, nil
	})
	for i, entry := range entries {
		hashes, err := tlog.StoredHashes(int64(i), []byte(entry), reader)
		if err != nil {
			return a, err
		}
		stored = append(stored, hashes...)
		size := int64(i + 1)
		root, err := tlog.TreeHash(size, reader)
		if err != nil {
			return a, err
		}
		a.Roots = append(a.Roots, root)
		var inclusion, consistency [][]tlog.Hash
		for n := int64(0); n < size; n++ {
			record, err := tlog.ProveRecord(size, n, reader)
			if err != nil {
				return a, err
			}
			older, err := tlog.ProveTree(size, n+1, reader)
			if err != nil {
				return a, err
			}
			inclusion = append(inclusion, record)
			consistency = append(consistency, older)
		}
		a.Inclusion = append(a.Inclusion, inclusion)
		a.Consistency = append(a.Consistency, consistency)
	}
	return a, nil
}

// tileFiles reads tiles of height 8 from a folder. C2SP's paths are those of the checksum database without the height.
type tileFiles struct{ dir string }

func (t tileFiles) Height() int                         { return 8 }
func (t tileFiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (t tileFiles) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		data, err := os.ReadFile(t.dir + "/" + strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

// readTiles reads a whole log of tiles: the root, and for each entry of the bundles its leaf and its proof.
func readTiles(r request) error {
	tree := tlog.Tree{N: r.Size, Hash: r.Root}
	reader := tlog.TileHashReader(tree, tileFiles{r.Dir})
	root, err := tlog.TreeHash(r.Size, reader)
	if err != nil {
		return err
	}
	if root != r.Root {
		return errors.New("another root")
	}
	for n := int64(0); n < r.Size; n += 256 {
		tile := tlog.Tile{H: 8, L: 0, N: n / 256, W: 256}
		if r.Size-n < 256 {
			tile.W = int(r.Size - n)
		}
		bundle, err := os.ReadFile(r.Dir + "/" + strings.Replace(tile.Path(), "tile/8/0/", "tile/entries/", 1))
		if err != nil {
			return err
		}
		for i := int64(0); i < int64(tile.W); i++ {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				return errors.New("a bundle is too short")
			}
			entry := bundle[2 : 2+binary.BigEndian.Uint16(bundle)]
			bundle = bundle[2+len(entry):]
			if i%37 != 0 && n+i != r.Size-1 {
				continue // each proof reads the edge again: some of them
			}
			proof, err := tlog.ProveRecord(r.Size, n+i, reader)
			if err != nil {
				return err
			}
			if err := tlog.CheckRecord(proof, r.Size, r.Root, n+i, tlog.RecordHash(entry)); err != nil {
				return err
			}
		}
		if len(bundle) != 0 {
			return errors.New("a bundle is too long")
		}
	}
	return nil
}
