package statefile

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/nearlinear/nearlinear/train/internal/memory"
)

// state has a field of each kind that a file may hold.
type state struct {
	Truth   bool
	Signed  int
	Counts  uint64
	Number  float64
	Text    string
	Numbers []float64
	Lists   [][]float64
	Parts   []part
	One     part
}

type part struct {
	Name  string
	Value int64
}

// FuzzReadCheckpoint reads what comes between the head and a right checksum.
func FuzzReadCheckpoint(f *testing.F) {
	path, facts := filepath.Join(f.TempDir(), "c"), Facts{{"rows", "3"}}
	for _, s := range []*state{{true, -3, 7, 0.5, "ä", []float64{1, 2}, [][]float64{{3}, nil}, []part{{"b", 4}, {"", 5}}, part{"c", 6}}, {}} {
		if err := Write(f.Context(), path, facts, s); err != nil {
			f.Fatal(err)
		}
		file, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file[8 : len(file)-sha256.Size])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		var s state
		var err error
		took := memory.Allocated(func() {
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
		w.text(facts.text())
		w.value(reflect.ValueOf(&s).Elem())
		w.w.Flush()
		if !bytes.Equal(again.Bytes(), body) {
			t.Fatalf("%d bytes read, %d written, not the same", len(body), again.Len())
		}
	})
}
