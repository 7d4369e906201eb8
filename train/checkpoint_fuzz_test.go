package train

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

// FuzzReadCheckpoint reads what comes between the head and a right checksum.
func FuzzReadCheckpoint(f *testing.F) {
	path, facts := filepath.Join(f.TempDir(), "c"), facts{{"rows", "3"}}
	var s savedState
	next := 0
	fill(reflect.ValueOf(&s).Elem(), &next)
	for _, s := range []*savedState{&s, {}} {
		if err := writeCheckpoint(f.Context(), path, facts, s); err != nil {
			f.Fatal(err)
		}
		file, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file[8 : len(file)-sha256.Size])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var s savedState
		var err error
		took := allocation(func() {
			b := io.MultiReader(bytes.NewReader(make([]byte, 8)), bytes.NewReader(body))
			r := &stateReader{r: bufio.NewReaderSize(b, 1<<16), left: int64(8 + len(body))}
			err = r.checkpoint(facts, reflect.ValueOf(&s).Elem())
		})
		if most := uint64(256<<10 + 100*len(body)); took > most {
			t.Fatalf("%d bytes allocated for %d, want at most %d (%v)", took, len(body), most, err)
		}
		if err != nil {
			return
		}
		// What was believed is written as it was.
		var again bytes.Buffer
		w := &stateWriter{w: bufio.NewWriter(&again)}
		w.text(facts.String())
		w.value(reflect.ValueOf(&s).Elem())
		w.w.Flush()
		if !bytes.Equal(again.Bytes(), body) {
			t.Fatalf("%d bytes read, %d written, not the same", len(body), again.Len())
		}
	})
}
