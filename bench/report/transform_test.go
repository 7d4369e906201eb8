package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/bench/internal/sections"
)

// TestMain lets the test program be the child that the study starts.
func TestMain(m *testing.M) {
	if len(os.Args) == 2 && os.Args[1] == transformChild {
		main()
		return
	}
	os.Exit(m.Run())
}

// The child answers jobs of both types, and ends with an error at what is no job.
func TestServeTransforms(t *testing.T) {
	var out bytes.Buffer
	jobs := "float64 64\nfloat64 64\nfloat32 16\nfloat64 8\n"
	if err := serveTransforms(strings.NewReader(jobs), &out); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != 5 || lines[0] != asm.Info() {
		t.Fatalf("it answers %q", lines)
	}
	for i, n := range []int{64, 64, 16, 8} {
		var told map[string]float64
		if err := json.Unmarshal([]byte(lines[1+i]), &told); err != nil {
			t.Fatal(err)
		}
		if err := checkTransform(told, n); err != nil || told["seconds"] <= 0 {
			t.Errorf("job %d: %v, %v", i, told, err)
		}
	}
	for _, job := range []string{"float16 64", "float64 12", "float64 4", "float64", "\n", "float64 x"} {
		if err := serveTransforms(strings.NewReader(job+"\n"), &out); err == nil {
			t.Errorf("no error at the job %q", job)
		}
	}
}

// An output that is missing or in the wrong place is found.
func TestCheckTransform(t *testing.T) {
	right := map[string]float64{"y0": 112, "y1": -16, "y2": -32, "y4": -64}
	if err := checkTransform(right, 32); err != nil {
		t.Error(err)
	}
	for _, wrong := range []map[string]float64{
		{}, {"y0": 112, "y1": -16, "y2": -32}, {"y0": 112, "y1": -64, "y2": -32, "y4": -16}, {"y0": 112, "y1": 16, "y2": 32, "y4": 64},
	} {
		if err := checkTransform(wrong, 32); !errors.Is(err, errWrong) {
			t.Errorf("%v: %v", wrong, err)
		}
	}
}

// A child takes the path that its setting asks for, and all ways transform alike.
func TestTransformers(t *testing.T) {
	t.Chdir("..") // the folder of the peers
	child, err := startTransforms("cpu.avx2=off")
	if err != nil {
		t.Fatal(err)
	}
	if want := map[string]string{"avx512": "generic", "avx2": "generic"}[asm.Info()]; want != "" && child.About != want {
		t.Errorf("the path is %s, not %s", child.About, want)
	}
	if err := child.Close(); err != nil {
		t.Error(err)
	}
	p, data := &page{Page: &sections.Page{Name: "transform"}}, &buffers{}
	all, closeAll, err := transformers(p, data)
	defer closeAll()
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, kind := range []string{"float32", "float64"} {
		data.grow(kind, 64)
		for _, c := range all {
			if c.name == "" || kind == "float32" && names[c.name] {
				t.Errorf("two transformers are called %q", c.name)
			}
			names[c.name] = true
			for _, n := range []int{16, 64} {
				if took, err := c.turn(kind, n)(context.Background()); err != nil || took <= 0 {
					t.Errorf("%s, %s, %d: %v, %v", c.name, kind, n, took, err)
				}
			}
		}
	}
	if len(all)+len(p.peers) < 5 {
		t.Errorf("transformers %v, peers %q", names, p.peers)
	}
}
