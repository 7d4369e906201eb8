package hadamard

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"github.com/nearlinear/nearlinear/asm"
)

func mustRotation[T Float](t testing.TB, d int, seed uint64, rounds, workers int) *Rotation[T] {
	t.Helper()
	r, err := NewRotation[T](d, seed, &RotationOptions{Rounds: rounds, Workers: workers})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// rotateByWords does what the documentation of Rotation says, with matrices.
func rotateByWords(x []float64, seed uint64, rounds int) {
	d, n := len(x), 1
	for k := d; k > 1; k-- {
		if _, _, ok := splitOrder(k); ok {
			n = k
			break
		}
	}
	m, pow, _ := splitOrder(n)
	h := matrixOf(m)
	windows := [][]float64{x[:n]}
	if n < d {
		windows = append(windows, x[d-n:])
	}
	pcg := rand.NewPCG(seed, 0x524f544100000001)
	for range rounds {
		for _, w := range windows {
			var word uint64
			signed := make([]float64, n)
			for i, v := range w {
				if i%64 == 0 {
					word = pcg.Uint64()
				}
				signed[i] = v / math.Sqrt(float64(n))
				if word>>(i%64)&1 != 0 {
					signed[i] = -signed[i]
				}
			}
			for i := range w {
				w[i] = 0
				for j, v := range signed {
					w[i] += mixedEntry(h, pow, i, j) * v
				}
			}
		}
	}
}

func TestRotationIsWhatItsWordsSay(t *testing.T) {
	both(t, testRotationWords[float64], testRotationWords[float32])
}

func testRotationWords[T Float](t *testing.T) {
	dims := []int{96, 100, 127, 128, 129, 192, 300, 384}
	for d := 2; d <= 66; d++ {
		dims = append(dims, d)
	}
	for _, d := range dims {
		for rounds := 1; rounds <= 3; rounds++ {
			seed := uint64(d * rounds)
			x := randoms[T](seed, d)
			want := make([]float64, d)
			for i, v := range x {
				want[i] = float64(v)
			}
			rotateByWords(want, seed, rounds)
			r := mustRotation[T](t, d, seed, rounds, 1)
			got := clone(x)
			r.Apply(got)
			for i, v := range got {
				if math.Abs(float64(v)-want[i]) > 64*eps[T]()*float64(rounds) {
					t.Fatalf("d=%d rounds=%d seed=%d: coordinate %d is %v, the words give %v (path %s)", d, rounds, seed, i, v, want[i], asm.Info())
				}
			}
			r.Inverse(got)
			for i, v := range got {
				if math.Abs(float64(v-x[i])) > 64*eps[T]()*float64(rounds) {
					t.Fatalf("d=%d rounds=%d seed=%d: back at %d: %v, want %v", d, rounds, seed, i, v, x[i])
				}
			}
		}
	}
}

func TestRotationKeepsNormsAndAngles(t *testing.T) {
	both(t, testRotationNorms[float64], testRotationNorms[float32])
}

func testRotationNorms[T Float](t *testing.T) {
	for _, d := range []int{2, 3, 5, 96, 100, 768, 1000, 1536, 4096, 5000, 1 << 17, 99999} {
		x, y := randoms[T](1, d), randoms[T](2, d)
		xx, yy, xy := dot(x, x), dot(y, y), dot(x, y)
		r := mustRotation[T](t, d, 7, 3, 1)
		r.Apply(x)
		r.Apply(y)
		tol := 16 * eps[T]()
		if e := math.Abs(dot(x, x)/xx - 1); e > tol {
			t.Errorf("d=%d: the square of the norm changes by %.3g, tolerance %.3g", d, e, tol)
		}
		if e := math.Abs(dot(x, y)-xy) / math.Sqrt(xx*yy); e > tol {
			t.Errorf("d=%d: the cosine changes by %.3g, tolerance %.3g", d, e, tol)
		}
	}
}

// Every way to rotate has the bits of Apply, whatever rows go together, and leaves
// alone what is between rows and, out of place, the source.
func TestRotationOfRowsIsThatOfEach(t *testing.T) {
	both(t, testRotationRows[float64], testRotationRows[float32])
}

func testRotationRows[T Float](t *testing.T) {
	for i, d := range []int{2, 7, 16, 96, 100, 768, 1000, 4096, 1<<15 + 5, 12 << 13} {
		for _, rows := range []int{0, 1, 2, 3, 50, 700} {
			if rows*d > 1<<18 {
				continue
			}
			for _, stride := range []int{d, d + 3} {
				for _, workers := range []int{1, 2, 5} {
					r := mustRotation[T](t, d, 9, 1+i%3, workers)
					src := randoms[T](uint64(d), max(0, rows-1)*stride+min(rows, 1)*d)
					want, back := clone(src), make([]T, len(src))
					for k := range rows {
						r.Apply(want[k*stride:][:d])
						r.InverseTo(back[k*stride:][:d], src[k*stride:][:d])
						for j := d; j < stride && k < rows-1; j++ {
							back[k*stride+j] = -1
						}
					}
					what := fmt.Sprintf("d=%d rows=%d stride=%d workers=%d", d, rows, stride, workers)
					same, got, gotBack := clone(src), make([]T, len(src)), make([]T, len(src))
					for k := range got {
						got[k], gotBack[k] = -1, -1
					}
					r.ApplyRows(same, same, rows, stride)
					sameBits(t, what+" in place", same, want)
					before := clone(src)
					r.ApplyRows(got, src, rows, stride)
					r.InverseRows(gotBack, src, rows, stride)
					sameBits(t, what+", the source", src, before)
					for k := range rows {
						sameBits(t, what, got[k*stride:][:d], want[k*stride:][:d])
						for j := d; j < stride && k < rows-1; j++ {
							if got[k*stride+j] != -1 {
								t.Fatalf("%s: element %d between the rows was written", what, k*stride+j)
							}
						}
					}
					sameBits(t, what+" inverse", gotBack, back)
				}
			}
		}
	}
}

// Coordinates of rotated vectors have the kurtosis of those of a uniformly random
// direction, 3d/(d+2), from two rounds on, whatever the vector, and the same
// variance each. One round leaves the coordinates of a unit vector at ±1/√d.
func TestRotatedCoordinatesAreNearlyGaussian(t *testing.T) {
	const trials = 300
	for _, d := range []int{95, 96, 100, 127, 300, 768, 1000} {
		for name, set := range map[string]func(x []float64, at int){
			"unit vector":    func(x []float64, at int) { x[at] = 1 },
			"two":            func(x []float64, at int) { x[at], x[(at+1)%d] = 1, 1 },
			"constant":       func(x []float64, at int) { clear(x); addTo(x, 1) },
			"half of it":     func(x []float64, at int) { addTo(x[:d/2], 1) },
			"a large one":    func(x []float64, at int) { addTo(x, 1); x[at] = 20 },
			"a Walsh vector": func(x []float64, at int) { walsh(x, at) },
		} {
			kurtosis, energy := 0.0, make([]float64, d)
			for s := range trials {
				x := make([]float64, d)
				set(x, s*37%d)
				square := dot(x, x)
				mustRotation[float64](t, d, uint64(s), 0, 1).Apply(x)
				for i, v := range x {
					v *= v * float64(d) / square
					kurtosis += v * v / float64(d) / trials
					energy[i] += v / trials
				}
			}
			if want := 3 * float64(d) / float64(d+2); math.Abs(kurtosis-want) > 0.12 {
				t.Errorf("d=%d, %s: kurtosis %.3f, want %.3f", d, name, kurtosis, want)
			}
			for i, v := range energy { // of 300 squares of normals: deviation 0.08
				if math.Abs(v-1) > 0.45 {
					t.Errorf("d=%d, %s: coordinate %d has %.2f times its share of the energy", d, name, i, v)
				}
			}
		}
	}
	x := make([]float64, 768)
	x[5] = 1
	mustRotation[float64](t, 768, 1, 1, 1).Apply(x)
	for i, v := range x {
		if math.Abs(math.Abs(v)*math.Sqrt(768)-1) > 1e-14 {
			t.Errorf("one round of a unit vector: coordinate %d is %v/√d", i, v*math.Sqrt(768))
		}
	}
}

// Two-bit codes shrink what is estimated from them alone by the mean squared error
// of the best quantiser, 0.1175, the bias of TurboQuant's first stage. A rotation
// that pads 768 to 1024 coordinates and keeps codes of 768, scaled to the norm,
// loses a factor √(3/4) more and shrinks it by 0.236.
func TestRotationLeavesTheBiasOfCodesAlone(t *testing.T) {
	const d, padded, vectors = 768, 1024, 400
	estimate := func(y []float64) float64 { // of ⟨y, y⟩ by the code of y over its norm
		scale, sum := math.Sqrt(dot(y, y)/float64(len(y))), 0.0
		for _, v := range y {
			level := 0.45278
			if math.Abs(v) > 0.98160*scale {
				level = 1.51042
			}
			sum += math.Abs(v) * level / math.Sqrt(float64(len(y)))
		}
		return sum
	}
	ours, cropped := 0.0, 0.0
	for s := range vectors {
		x := randoms[float64](uint64(s), padded)
		x[s] = 30
		clear(x[d:])
		norm := math.Sqrt(dot(x, x))
		y := clone(x)
		mustRotation[float64](t, d, uint64(s), 0, 1).Apply(x[:d])
		mustRotation[float64](t, padded, uint64(s), 0, 1).Apply(y)
		ours += estimate(x[:d]) / norm / vectors
		cropped += estimate(y[:d]) / norm / vectors
	}
	if math.Abs(1-ours-0.1175) > 0.002 {
		t.Errorf("without padding the bias is %.4f, want 0.1175", 1-ours)
	}
	if math.Abs(1-cropped-(1-math.Sqrt(0.75)*0.8825)) > 0.005 {
		t.Errorf("padded and cropped the bias is %.4f, want 0.2357", 1-cropped)
	}
}

func addTo(x []float64, v float64) {
	for i := range x {
		x[i] += v
	}
}

func walsh(x []float64, k int) {
	for i := range x {
		x[i] = entry(i, k)
	}
}

// TestGoldenRotationBits fixes the rotation of a seed, for ever, on every platform.
func TestGoldenRotationBits(t *testing.T) {
	h := fnv.New64a()
	for _, d := range []int{2, 3, 31, 96, 100, 768, 1000, 1024, 1536, 5000} {
		for rounds := 1; rounds <= 4; rounds++ {
			x, y := make([]float64, d), make([]float32, 3*d)
			for i := range y {
				v := float64(int64(uint64(i+1)*0x9e3779b97f4a7c15)) / 3
				x[i%d], y[i] = v, float32(v)
			}
			mustRotation[float64](t, d, 42, rounds, 1).Apply(x)
			r := mustRotation[float32](t, d, 1<<63+uint64(d), rounds, 2)
			r.ApplyRows(y, y, 3, 0)
			r.Inverse(y[d : 2*d])
			for i := range y {
				fmt.Fprintf(h, "%x %x ", math.Float64bits(x[i%d]), math.Float32bits(y[i]))
			}
		}
	}
	if got, want := h.Sum64(), uint64(0xbfb4e13096c3c92c); got != want {
		t.Errorf("the hash of all bits is %#x, want %#x (path %s)", got, want, asm.Info())
	}
}

func TestRotationServesManyGoroutines(t *testing.T) {
	const d, rows = 300, 400
	r := mustRotation[float32](t, d, 3, 2, 4)
	src := randoms[float32](1, rows*d)
	want := clone(src)
	r.ApplyRows(want, want, rows, d)
	var wait sync.WaitGroup
	for g := range 6 {
		wait.Go(func() {
			got := make([]float32, rows*d)
			for range 5 {
				if g%2 == 0 {
					r.ApplyRows(got, src, rows, 0)
				} else {
					for i := range rows {
						r.ApplyTo(got[i*d:][:d], src[i*d:][:d])
					}
				}
				for i, v := range got {
					if v != want[i] {
						t.Errorf("goroutine %d: element %d is %v, want %v", g, i, v, want[i])
						return
					}
				}
			}
		})
	}
	wait.Wait()
}

func TestRotationAllocatesNothing(t *testing.T) {
	const d, rows = 1000, 100
	r := mustRotation[float32](t, d, 3, 2, 2)
	x := make([]float32, rows*d)
	if n := testing.AllocsPerRun(5, func() {
		r.Apply(x[:d])
		r.ApplyRows(x, x, rows, d)
		r.InverseRows(x, x, rows, d)
	}); n != 0 {
		t.Errorf("%v allocations a call", n)
	}
}

func TestRotationPanicsOnLengths(t *testing.T) {
	r := mustRotation[float32](t, 10, 1, 2, 1)
	x := make([]float32, 40)
	for name, f := range map[string]func(){
		"ApplyTo of a Rotation with d = 10 with lengths dst=9":   func() { r.Apply(x[:9]) },
		"ApplyTo of a Rotation with d = 10 with lengths dst=10":  func() { r.ApplyTo(x[:10], x[:11]) },
		"InverseTo of a Rotation with d = 10":                    func() { r.Inverse(x) },
		"ApplyRows of a Rotation with d = 10 to 5 rows":          func() { r.ApplyRows(x, x, 5, 0) },
		"ApplyRows of a Rotation with d = 10 to 2 rows with str": func() { r.ApplyRows(x, x, 2, 9) },
		"InverseRows of a Rotation with d = 10 to -1 rows":       func() { r.InverseRows(x, x, -1, 0) },
		"ApplyRows of a Rotation with d = 10 to 4 rows with str": func() { r.ApplyRows(x, x[:39], 4, 0) },
		"ApplyTo of a Rotation with d = 0":                       func() { new(Rotation[float32]).Apply(nil) },
	} {
		func() {
			defer func() {
				if s, _ := recover().(string); !strings.HasPrefix(s, "hadamard: "+name) {
					t.Errorf("%q, want %q", s, name)
				}
			}()
			f()
		}()
	}
	r.ApplyRows(nil, nil, 0, 0)
}

func FuzzRotation(f *testing.F) {
	f.Add(uint16(2), uint8(1), uint8(1), uint64(1))
	f.Add(uint16(100), uint8(2), uint8(30), uint64(2))
	f.Add(uint16(768), uint8(3), uint8(3), uint64(3))
	f.Fuzz(func(t *testing.T, size uint16, rounds, rows uint8, seed uint64) {
		d, n, pad := 2+int(size)%3000, 1+int(rows)%40, int(seed%4)
		r := mustRotation[float32](t, d, seed, 1+int(rounds)%4, 1+int(seed%3))
		stride := d + pad
		src := randoms[float32](seed, n*stride)
		got, want := clone(src), clone(src)
		r.ApplyRows(got, src, n, stride)
		for i := range n {
			r.Apply(want[i*stride:][:d])
		}
		what := fmt.Sprintf("d=%d rows=%d stride=%d seed=%d", d, n, stride, seed)
		sameBits(t, what, got, want)
		r.InverseRows(got, got, n, stride)
		for i, v := range src {
			if math.Abs(float64(v-got[i])) > 1e-4 {
				t.Fatalf("%s: element %d comes back as %v, want %v", what, i, got[i], v)
			}
		}
	})
}
