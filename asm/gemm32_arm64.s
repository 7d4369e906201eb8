//go:build arm64 && !purego && !noasm

#include "textflag.h"
#include "neon_arm64.h"

#define FMOVE FMOVS
#define FMLA0 FMLA4S0
#define SHIFT 2

// func mulTile32NEON(c *float32, ldc int, a *float32, rs, cs int, b *float32, rows, k int)
TEXT ·mulTile32NEON(SB), NOSPLIT, $0-64
#include "gemm_tile_arm64.h"
