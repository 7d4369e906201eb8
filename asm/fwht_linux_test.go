package asm

import (
	"syscall"
	"testing"
	"unsafe"
)

// guarded calls f with a slice of n elements that ends, and then one that
// begins, at the edge of memory that can be touched.
func guarded[T any](t *testing.T, n int, f func(x []T)) {
	t.Helper()
	page := syscall.Getpagesize()
	size := n * int(unsafe.Sizeof(*new(T)))
	inner := (size + page - 1) / page * page
	mem, err := syscall.Mmap(-1, 0, inner+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Munmap(mem)
	for _, edge := range [][]byte{mem[:page], mem[page+inner:]} {
		if err := syscall.Mprotect(edge, syscall.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	f(unsafe.Slice((*T)(unsafe.Pointer(&mem[page+inner-size])), n))
	f(unsafe.Slice((*T)(unsafe.Pointer(&mem[page])), n))
}

func TestFWHTKernelsStayInside(t *testing.T) {
	onEveryPath(t, func(t *testing.T) {
		t.Run("float64", testFWHTInside[float64])
		t.Run("float32", testFWHTInside[float32])
	})
}

func testFWHTInside[T Float](t *testing.T) {
	for k := 0; k <= 15; k++ {
		guarded(t, 1<<k, func(x []T) { FWHT(x, 1<<k) })
	}
	for n := 1; n <= 64; n *= 2 {
		guarded(t, 5*n, func(x []T) { FWHT(x, n) })
	}
	for rows := 1; rows <= 64; rows *= 2 {
		for cols := 1; cols <= 37; cols++ {
			for stride := cols; stride < cols+3; stride++ {
				guarded(t, (rows-1)*stride+cols, func(x []T) { FWHTCols(x, rows, cols, stride) })
			}
		}
	}
}

func TestFlipSignsStaysInside(t *testing.T) { onEveryPath(t, testFlipSignsInside) }

func testFlipSignsInside(t *testing.T) {
	for n := 0; n <= 200; n++ {
		guarded(t, n, func(x []float64) {
			guarded(t, (n+63)/64, func(signs []uint64) { FlipSigns(x, x, signs) })
		})
	}
}
