package bench

import (
	"fmt"
	"math/bits"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/nearlinear/nearlinear/hadamard"
)

// BenchmarkRotation rotates rows of float32, as many as fit the second cache, on one
// worker in two rounds, from one matrix into another. Beside it, where they are there:
//
//	ffht      the same number of transforms alone, without signs, scale or copy, of length
//	          d or the power of two above; the environment variable FFHT names the folder
//	          of its sources, github.com/FALCONN-LIB/FFHT
//	openblas  the product with a dense orthogonal matrix; Debian's libopenblas-dev
func BenchmarkRotation(b *testing.B) {
	const rounds = 2
	dims := []int{96, 128, 192, 384, 768, 1024, 1536, 3072, 4096}
	if smoke() {
		dims = []int{96, 128}
	}
	for _, d := range dims {
		r, err := hadamard.NewRotation[float32](d, 1, &hadamard.RotationOptions{Rounds: rounds, Workers: 1})
		if err != nil {
			b.Fatal(err)
		}
		rows := (1 << 16) / d
		src, dst := make([]float32, rows*d), make([]float32, rows*d)
		for i := range src {
			src[i] = float32(i%7) - 3
		}
		ours := timed(func() { r.ApplyRows(dst, src, rows, d) })
		b.Run(fmt.Sprintf("peer=ffht/type=float32/d=%d/rounds=%d", d, rounds), func(b *testing.B) {
			folder := os.Getenv("FFHT")
			if folder == "" {
				b.Skip("FFHT is not set; see BenchmarkRotation")
			}
			padded := 1 << bits.Len(uint(d-1))
			p := compiled(b, "rotation_ffht.c", "-I"+folder)
			besideRows(b, p, rows, ours, float64(padded), strconv.Itoa(rows), strconv.Itoa(padded), strconv.Itoa(rounds))
		})
		b.Run(fmt.Sprintf("peer=openblas/type=float32/d=%d/rounds=%d", d, rounds), func(b *testing.B) {
			if _, set := os.LookupEnv("OPENBLAS_CORETYPE"); !set {
				b.Setenv("OPENBLAS_CORETYPE", "SkylakeX") // see StartPeer
			}
			p := compiled(b, "rotation_blas.c", "-lopenblas")
			besideRows(b, p, rows, ours, 2, strconv.Itoa(rows), strconv.Itoa(d))
		})
	}
}

// compiled starts a peer in C that ends with b, which is skipped if it does not compile.
func compiled(b *testing.B, source string, flags ...string) *Peer {
	b.Helper()
	p, err := StartC(source, flags...)
	return started(b, p, err)
}

// besideRows pairs ours with a job of the peer, whose first output must be y0, and reports
// the times of a row of both.
func besideRows(b *testing.B, p *Peer, rows int, ours func() time.Duration, y0 float64, job ...string) {
	b.Helper()
	var us, them []float64
	pair(b, 1, 0, func() time.Duration {
		t := ours()
		us = append(us, float64(t)/float64(rows))
		return t
	}, func() time.Duration {
		said, err := p.Turn(job...)
		if err != nil {
			b.Fatal(err)
		}
		if said["y0"] != y0 {
			b.Fatalf("the peer's first output is %v, want %v", said["y0"], y0)
		}
		them = append(them, said["seconds"]*1e9/float64(rows))
		return time.Duration(said["seconds"] * 1e9)
	})
	b.ReportMetric(median(us), "ns/vector")
	b.ReportMetric(median(them), "peer-ns/vector")
}
