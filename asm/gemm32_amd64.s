//go:build amd64 && !purego && !noasm

#include "textflag.h"

#define MOVU  VMOVUPS
#define BCAST VBROADCASTSS
#define FMA   VFMADD231PS
#define SHIFT 2

// func mulTile32AVX2(c *float32, ldc int, a *float32, rs, cs int, b *float32, rows, k int)
TEXT ·mulTile32AVX2(SB), NOSPLIT, $0-64
#include "gemm_tile_amd64.h"
