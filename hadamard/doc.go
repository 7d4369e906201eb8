// Package hadamard computes the fast Walsh–Hadamard transform (FWHT) and the
// sketches made of it.
package hadamard
