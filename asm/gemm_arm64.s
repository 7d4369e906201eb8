//go:build arm64 && !purego && !noasm

#include "textflag.h"
#include "neon_arm64.h"

#define FMOVE FMOVD
#define FMLA0 FMLA2D0
#define SHIFT 3

// func mulTileNEON(c *float64, ldc int, a *float64, rs, cs int, b *float64, rows, k int)
TEXT ·mulTileNEON(SB), NOSPLIT, $0-64
#include "gemm_tile_arm64.h"
