package hadamard

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// An encoded rotation is 32 bytes: rotationMagic, d, the seed, the rounds, and the
// CRC-32 (IEEE) of what is before it, little-endian. The element type and the
// number of workers are not in it.
const (
	rotationMagic = "HROTATE\x01"
	rotationBytes = 32
)

// MarshalBinary encodes the rotation in 32 bytes: d, the seed and the rounds, which
// determine it. The element type is not part of it. The error is nil.
func (r *Rotation[T]) MarshalBinary() ([]byte, error) {
	b := append(make([]byte, 0, rotationBytes), rotationMagic...)
	b = binary.LittleEndian.AppendUint64(b, uint64(r.d))
	b = binary.LittleEndian.AppendUint64(b, r.seed)
	b = binary.LittleEndian.AppendUint32(b, uint32(r.rounds))
	return binary.LittleEndian.AppendUint32(b, crc32.ChecksumIEEE(b)), nil
}

// UnmarshalBinary sets r to what [Rotation.MarshalBinary] encoded, with GOMAXPROCS
// workers; r may be new. It must not run beside other methods. The error wraps
// [ErrEncoding] if b is something else or was altered, and what [NewRotation]'s
// errors wrap if its sizes are out of range; r is then as it was.
func (r *Rotation[T]) UnmarshalBinary(b []byte) error {
	if len(b) != rotationBytes {
		return fmt.Errorf("%w: %d bytes, want %d", ErrEncoding, len(b), rotationBytes)
	}
	if string(b[:8]) != rotationMagic {
		return fmt.Errorf("%w: it begins with %q, want %q", ErrEncoding, b[:8], rotationMagic)
	}
	sum := binary.LittleEndian.Uint32(b[28:])
	if got := crc32.ChecksumIEEE(b[:28]); got != sum {
		return fmt.Errorf("%w: its checksum is %#x, that of its bytes %#x", ErrEncoding, sum, got)
	}
	d, seed, rounds := binary.LittleEndian.Uint64(b[8:]), binary.LittleEndian.Uint64(b[16:]), binary.LittleEndian.Uint32(b[24:])
	if d > maxRotationElem {
		return fmt.Errorf("%w: d = %d", ErrDimension, d)
	}
	if rounds < 1 || rounds > maxRounds {
		return fmt.Errorf("%w: Rounds %d, want 1 to %d", ErrOption, rounds, maxRounds)
	}
	if err := r.init(int(d), int(rounds), seed); err != nil {
		return err
	}
	r.setWorkers(0)
	return nil
}
