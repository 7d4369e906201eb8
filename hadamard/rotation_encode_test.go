package hadamard

import (
	"errors"
	"fmt"
	"math"
	"testing"
)

func TestRotationComesBackFromBytes(t *testing.T) {
	for _, d := range []int{2, 100, 768} {
		for rounds := 1; rounds <= 3; rounds++ {
			r := mustRotation[float32](t, d, 1<<60+5, rounds, 1)
			b, err := r.MarshalBinary()
			if err != nil || len(b) != rotationBytes {
				t.Fatal(len(b), err)
			}
			var back Rotation[float32]
			var wide Rotation[float64]
			if err := errors.Join(back.UnmarshalBinary(b), wide.UnmarshalBinary(b)); err != nil {
				t.Fatal(err)
			}
			x := randoms[float32](1, d)
			y := clone(x)
			r.Apply(x)
			back.Apply(y)
			sameBits(t, fmt.Sprintf("d=%d rounds=%d", d, rounds), y, x)
			if wide.Dim() != d || wide.Rounds() != rounds || wide.Seed() != 1<<60+5 {
				t.Errorf("d=%d rounds=%d seed=%#x came back", wide.Dim(), wide.Rounds(), wide.Seed())
			}
			for i := range b {
				for bit := range 8 {
					b[i] ^= 1 << bit
					if err := back.UnmarshalBinary(b); !errors.Is(err, ErrEncoding) {
						t.Fatalf("bit %d of byte %d altered: %v", bit, i, err)
					}
					b[i] ^= 1 << bit
				}
			}
			for n := range b {
				if err := back.UnmarshalBinary(b[:n]); !errors.Is(err, ErrEncoding) {
					t.Fatalf("%d bytes: %v", n, err)
				}
			}
			back.Inverse(y) // as it was
		}
	}
}

// What is well encoded may still ask for what no memory holds.
func TestRotationRefusesSizes(t *testing.T) {
	for _, c := range []struct {
		d, rounds int
		err       error
	}{{-1, 0, ErrDimension}, {0, 0, ErrDimension}, {1, 0, ErrDimension}, {math.MaxInt, 0, ErrDimension}, {1<<21 + 1, 16, ErrDimension},
		{8, -1, ErrOption}, {8, 17, ErrOption}} {
		if _, err := NewRotation[float32](c.d, 1, &RotationOptions{Rounds: c.rounds}); !errors.Is(err, c.err) {
			t.Errorf("d=%d rounds=%d: %v, want %v", c.d, c.rounds, err, c.err)
		}
		fake := Rotation[float32]{d: c.d, rounds: max(c.rounds, 1)}
		b, _ := fake.MarshalBinary()
		var r Rotation[float32]
		if err := r.UnmarshalBinary(b); err == nil && c.rounds >= 0 {
			t.Errorf("d=%d rounds=%d came from bytes", c.d, c.rounds)
		}
	}
	for _, rounds := range []int{0, maxRounds + 1} {
		b, _ := (&Rotation[float32]{d: 8, rounds: rounds}).MarshalBinary()
		if err := new(Rotation[float32]).UnmarshalBinary(b); !errors.Is(err, ErrOption) {
			t.Errorf("%d rounds from bytes: %v, want %v", rounds, err, ErrOption)
		}
	}
	if r, err := NewRotation[float64](9, 1, nil); err != nil || r.Rounds() != 2 {
		t.Error("nil options", err)
	}
}

func FuzzRotationBytes(f *testing.F) {
	r, err := NewRotation[float32](100, 7, nil)
	if err != nil {
		f.Fatal(err)
	}
	b, _ := r.MarshalBinary()
	f.Add(b)
	f.Add(b[:31])
	f.Fuzz(func(t *testing.T, b []byte) {
		var r Rotation[float32]
		if r.UnmarshalBinary(b) != nil {
			return
		}
		again, _ := r.MarshalBinary()
		if string(again) != string(b) {
			t.Fatalf("%x came back as %x", b, again)
		}
	})
}
