package main

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
	"github.com/nearlinear/nearlinear/bench/internal/sections"
)

// All who multiply with J come to the same numbers: gonum entry by entry, peers in their
// norms. A norm that is another is found.
func TestProductsAgree(t *testing.T) {
	l := newLayer(60, 100, 7)
	ours, err := l.products()
	if err != nil {
		t.Fatal(err)
	}
	var norms []float64
	for i, theirs := range gonumProducts(l) {
		want, got := ours[i](), theirs()
		norm := asm.Nrm2(want)
		norms = append(norms, norm)
		if len(got) != len(want) {
			t.Fatalf("%s: %d numbers, ours %d", operations[i].name, len(got), len(want))
		}
		for k := range want {
			if e := math.Abs(got[k] - want[k]); !(e <= 1e-13*norm) {
				t.Fatalf("%s: entry %d is %g, ours %g", operations[i].name, k, got[k], want[k])
			}
		}
	}
	t.Chdir("..") // the folder of the peers
	p := &page{Page: &sections.Page{Name: "operator"}}
	names, peers, closeAll := densePeers(p)
	defer closeAll()
	for i, peer := range peers {
		for o, turn := range productTurns(peer, l, norms) {
			if took, err := turn(context.Background()); err != nil || took <= 0 {
				t.Errorf("%s, %s: %v, %v", names[i], operations[o].name, took, err)
			}
		}
		wrong := append([]float64{norms[0] * (1 + 1e-6)}, norms[1:]...)
		if _, err := productTurns(peer, l, wrong)[0](context.Background()); !errors.Is(err, errDiffers) {
			t.Errorf("%s: a wrong norm gives %v", names[i], err)
		}
	}
}

// The studies that start processes run to their end and leave their section and plots.
func TestQuickStudies(t *testing.T) {
	if testing.Short() {
		t.Skip("starts many processes")
	}
	t.Chdir("..")
	dir := t.TempDir()
	if err := run(context.Background(), dir, "transform,operator", true); err != nil {
		t.Fatal(err)
	}
	written, err := sections.Read(filepath.Join(dir, "RESULTS.md"))
	if err != nil {
		t.Fatal(err)
	}
	for study, plots := range map[string][]string{
		"transform": {"float64", "float32"}, "operator": {"share", "product", "cholesky", "qr"},
	} {
		if !strings.Contains(written[study], "-only "+study+" -quick") {
			t.Errorf("the section of %s is %q", study, written[study])
		}
		for _, plot := range plots {
			file := "plots/" + study + "-" + plot + ".svg"
			if _, err := os.Stat(filepath.Join(dir, file)); err != nil || !strings.Contains(written[study], file) {
				t.Errorf("%s: %v", file, err)
			}
		}
	}
}
