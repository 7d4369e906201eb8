package main

import (
	"fmt"
	"math"
	"runtime/debug"
	"strconv"
	"strings"
)

// memorySize is a flag for a number of bytes, such as 6GB or 512MiB; 0 is no limit.
type memorySize int64

// units are what may follow a number; b comes last, because others end with it.
var units = []struct {
	name  string
	bytes float64
}{{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40}, {"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12}, {"b", 1}}

func (m *memorySize) String() string { return strconv.FormatInt(int64(*m), 10) }

// Set takes a number and its unit, in any case, with or without a space between them.
func (m *memorySize) Set(text string) error {
	number, factor := strings.ToLower(text), 0.0
	for _, u := range units {
		if rest, ok := strings.CutSuffix(number, u.name); ok {
			number, factor = strings.TrimSpace(rest), u.bytes
			break
		}
	}
	v, err := strconv.ParseFloat(number, 64)
	if v *= factor; err != nil || !(v >= 1 && v < math.MaxInt64) {
		return fmt.Errorf("not a size in bytes, such as 6GB, 6GiB or 512MB")
	}
	*m = memorySize(v)
	return nil
}

// limit sets the memory limit of the runtime, which the plan of a fit looks at, until the function that it
// returns is called.
func (m memorySize) limit() (release func()) {
	if m == 0 {
		return func() {}
	}
	before := debug.SetMemoryLimit(int64(m))
	return func() { debug.SetMemoryLimit(before) }
}
