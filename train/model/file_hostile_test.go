package model

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/nearlinear/nearlinear/train/internal/fault"
	"github.com/nearlinear/nearlinear/train/internal/memory"
	"github.com/nearlinear/nearlinear/train/internal/specimen"
)

func TestEveryAlteredByteIsRefused(t *testing.T) {
	for name, file := range map[string][]byte{"classes": marshal(t, classModel()), "intervals": marshal(t, spreading())} {
		for i := range file {
			for _, flip := range []byte{1, 2, 0x10, 0x80, 0xff} {
				bad := slices.Clone(file)
				bad[i] ^= flip
				m, err := Read(bytes.NewReader(bad))
				if m != nil || !errors.Is(err, fault.ErrModel) {
					t.Fatalf("%s: byte %d ^ %#x: %v", name, i, flip, err)
				}
			}
		}
	}
}

func TestEveryTruncationIsRefused(t *testing.T) {
	file := marshal(t, classModel())
	for name, file := range map[string][]byte{"classes": file, "intervals": marshal(t, spreading())} {
		for n := range file {
			m, err := Read(bytes.NewReader(file[:n]))
			if m != nil || !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), fmt.Sprintf("ends after %d bytes", n)) {
				t.Fatalf("%s: first %d bytes: %v", name, n, err)
			}
		}
	}
	for _, tail := range []string{"\x00", "NEARLIN", "\n"} {
		m, err := Read(strings.NewReader(string(file) + tail))
		if m != nil || !errors.Is(err, fault.ErrModel) || !strings.Contains(err.Error(), fmt.Sprintf("goes on after its end at byte %d", len(file))) {
			t.Errorf("with %q behind: %v", tail, err)
		}
	}
}

// TestHostileHeadersTakeNoMemory reads headers that claim terabytes.
func TestHostileHeadersTakeNoMemory(t *testing.T) {
	le := binary.LittleEndian
	file := marshal(t, smallModel())
	header := func(m, d, names, skews, ranges, logs uint64) []byte {
		b := slices.Clone(file)
		le.PutUint64(b[atNeurons:], m)
		le.PutUint64(b[atFeatures:], d)
		le.PutUint64(b[atNames:], names)
		le.PutUint64(b[atSkews:], skews)
		le.PutUint64(b[atRanges:], ranges)
		le.PutUint64(b[atLogs:], logs)
		return specimen.Reseal(b)
	}
	var before, after runtime.MemStats
	for name, b := range map[string][]byte{
		"neurons":      header(1<<40, 2, 2, 0, 2, 1),
		"most neurons": header(math.MaxUint64, 2, 2, 2, 2, 1),
		"features":     header(3, 1<<40, 0, 0, 0, 1),
		"names":        header(3, 1<<40, 1<<40, 0, 0, 1),
		"logarithms":   header(3, 1<<40, 0, 1<<40, 0, 1),
		"ranges":       header(3, 1<<40, 0, 0, 1<<40, 1),
		"targets": func() []byte {
			b := header(3, 2, 2, 2, 2, 1)
			le.PutUint64(b[atTargets:], 1<<40)
			le.PutUint64(b[atLogs:], 1<<40)
			return specimen.Reseal(b)
		}(),
		"both":     header(1<<31, 1<<31, 0, 0, 0, 1),
		"overflow": header(1<<62, 4, 0, 0, 0, 1),
		"all ones": header(math.MaxUint64, math.MaxUint64, math.MaxUint64, math.MaxUint64, math.MaxUint64, math.MaxUint64),
	} {
		runtime.ReadMemStats(&before)
		for range 10 {
			if m, err := Read(bytes.NewReader(b)); m != nil || !errors.Is(err, fault.ErrModel) {
				t.Fatalf("%s: %v", name, err)
			}
		}
		runtime.ReadMemStats(&after)
		if took := (after.TotalAlloc - before.TotalAlloc) / 10; took > 400<<10 {
			t.Errorf("%s: %d bytes allocated for a file of %d", name, took, len(b))
		}
	}
	// A longer file behind a false header: at most a small multiple of it.
	b := append(header(1<<40, 2, 0, 2, 2, 1)[:256], make([]byte, 8<<20)...)
	runtime.ReadMemStats(&before)
	if _, err := Read(bytes.NewReader(b)); !errors.Is(err, fault.ErrModel) {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 4*uint64(len(b)) {
		t.Errorf("%d bytes allocated for a file of %d", took, len(b))
	}
}

func TestUnmarshalLeavesTheModelAloneOnError(t *testing.T) {
	m := newModel(4, 2, 1, 9)
	want := marshal(t, m)
	file := marshal(t, smallModel())
	for _, bad := range [][]byte{nil, file[:len(file)-1], file[:100], append(slices.Clone(file), 0)} {
		if err := m.UnmarshalBinary(bad); !errors.Is(err, fault.ErrModel) {
			t.Fatal(err)
		}
		if !bytes.Equal(marshal(t, m), want) {
			t.Fatal("the model was changed")
		}
	}
	if err := m.UnmarshalBinary(file); err != nil || !reflect.DeepEqual(m, smallModel()) {
		t.Fatal(err)
	}
	clear(file)
	if !reflect.DeepEqual(m, smallModel()) {
		t.Error("the model refers to the caller's bytes")
	}
}

func TestErrorsOfReaderAndWriterAreReturned(t *testing.T) {
	broken := errors.New("cable out")
	file := marshal(t, smallModel())
	for _, n := range []int{0, 5, 50, len(file) - 1, len(file)} {
		r := io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(broken))
		if m, err := Read(r); m != nil || !errors.Is(err, broken) || errors.Is(err, fault.ErrModel) {
			t.Errorf("reader fails after %d bytes: %v", n, err)
		}
		if n == len(file) {
			continue
		}
		if count, err := smallModel().WriteTo(&specimen.Failing{Left: n, Err: broken}); !errors.Is(err, broken) || count != int64(n) {
			t.Errorf("writer fails after %d bytes: %d, %v", n, count, err)
		}
	}
}

func FuzzReadModel(f *testing.F) {
	file := marshal(f, smallModel())
	f.Add(file)
	f.Add(file[:len(file)/2])
	f.Add(marshal(f, newModel(9, 1, 0, 1)))
	f.Add(marshal(f, classModel()))
	f.Add(marshal(f, encoderModel(f)))
	f.Add(marshal(f, spreading()))
	f.Add([]byte("NEARLIN\x03"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) > sha256.Size {
			b = specimen.Reseal(b) // or nothing gets past the checksum
		}
		var m *Model
		var err error
		took := memory.Allocated(func() { m, err = Read(bytes.NewReader(b)) })
		if most := uint64(256<<10 + 100*len(b)); took > most {
			t.Fatalf("%d bytes allocated for %d, want at most %d (%v)", took, len(b), most, err)
		}
		if err != nil {
			if m != nil || !errors.Is(err, fault.ErrModel) {
				t.Fatalf("%v, %v", m, err)
			}
			return
		}
		if again := marshal(t, m); !bytes.Equal(again, b) {
			t.Fatalf("%d bytes read, %d written", len(b), len(again))
		}
		if err := m.Predict(make([]float64, len(m.Nets)), make([]float64, len(m.Scaler.Mean))); err != nil {
			t.Fatal(err)
		}
	})
}
